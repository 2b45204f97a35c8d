import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CommonOptions, type Session, withSession } from '../../src/cli/session';
import { trainingSplit } from '../../src/cli/stages/fisher-images';
import { splitsOf } from '../../src/cli/stages/networks';
import { searchSettings } from '../../src/cli/stages/search-setup';
import { standardSpace } from '../../src/nas/space';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';
import { writeDigits } from './digits';
import { optionsFor, useSilence } from './session';

const folder = useFolder();
const silence = useSilence();

async function session(
  protocol: 'corrected' | 'original',
  work: (session: Session) => Promise<void> = async () => undefined,
  more: Partial<CommonOptions> = {},
): Promise<void> {
  const data = join(folder.path, 'data');
  await writeDigits(data);
  await withSession(optionsFor(data, join(folder.path, 'out'), { protocol, ...more }), {}, work);
}

const refusals = () => silence.stdout().match(/α on test images/g) ?? [];

describe('--protocol', () => {
  it('original says once that α does not learn from test images, and why', async () => {
    await session('original');
    expect(silence.stdout()).toContain(
      'protocol original: Images of α refused: α on test images would choose the cell by the images that it is judged by.',
    );
    expect(refusals()).toHaveLength(1);
  });

  it('corrected says nothing of it', async () => {
    await session('corrected');
    expect(refusals()).toEqual([]);
  });

  it('original takes the digit 1 for task 1, and its first negatives', async () => {
    await session('original', async (session) => {
      const task = session.task('1');
      expect(task).toMatchObject({ name: '1 vs rest', positives: [1] });
      const { labels } = session.set(task).dataset.test;
      const { test } = splitsOf(session, task, 0, 10);
      const rest = [...test.indices].filter((_, i) => test.labels[i] === 0).sort((a, b) => a - b);
      const others = [...labels.keys()].filter((image) => labels[image] !== 1);
      expect(rest).toEqual(others.slice(0, labels.filter((label) => label === 1).length));
    });
  });

  it('original trains on all training images, as its Fisher information is that of test images', async () => {
    const countOf = async (protocol: 'corrected' | 'original') => {
      let count = 0;
      await session(protocol, async (session) => {
        count = trainingSplit(session, session.task('3'), 0, 1e6).indices.length;
        expect(protocol === 'original').toBe(count === session.set(session.task('3')).train.count);
      });
      return count;
    };
    expect(await countOf('corrected')).toBeLessThan(await countOf('original'));
  });

  it('original searches by the program’s rates, batches and optimisers', async () => {
    await session('original', async (session) => {
      expect(searchSettings(session, standardSpace, 0)).toMatchObject({
        alphaLr: 1e-3,
        alphaBatchSize: 1000,
        optimizers: 'stage',
        winnerWeights: 'xavier',
        budget: 'epochs',
      });
    });
  });

  it('does not go on with a run of the other protocol', async () => {
    await session('corrected');
    const error = await failure(() => session('original', undefined, { resume: true }));
    expect(String(error)).toMatch(
      /began with protocol\.name "corrected", not "original"; resume with the same/,
    );
  });
});
