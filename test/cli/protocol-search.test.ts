import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Settings } from '../../src/experiment/settings/presets';
import { withSession } from '../../src/cli/session';
import { wholeSpace } from '../../src/experiment/scene/search-data';
import { searchAndTrain } from '../../src/experiment/kinds/search.node';
import { readDictionary } from '../../src/nas/dictionary.node';
import { searchLabelled } from '../../src/nas/methods/labels';
import { useFolder } from '../data/folder';
import { writeDigits } from './digits';
import { optionsFor, TINY, useSilence } from './session';

const folder = useFolder();
useSilence();

it('a search by the protocol original hands its winner’s head to the last training, from a file, too', async () => {
  const data = join(folder.path, 'data');
  await writeDigits(data, 120, 60);
  const out = join(folder.path, 'out');
  const { search, final, fisher: _, ...tiny } = TINY;
  const override = {
    ...tiny,
    ...(search && { search: { ...search, rounds: 1 } }),
    ...(final && { final }),
  };
  const options = optionsFor(data, out, { protocol: 'original' });
  await withSession(options, override satisfies Partial<Settings>, async (session) => {
    const wanted = searchLabelled('FUSE standard');
    const once = () => searchAndTrain(session, wanted, session.task('3'), wholeSpace(session));
    const first = await once();
    expect(await readdir(session.state('searches'))).toContain('FUSE-standard-task3.head.safetensors');
    const finals = await readdir(session.state('finals'));
    expect(finals).toContain(`${first.winner.hash}-FUSE-standard-task3.json`);
    for (const name of finals) await rm(session.state('finals', name));
    expect((await once()).testError).toBe(first.testError);
    expect(Object.keys(await readDictionary(session.dictionary))).toEqual(['original/mnist/3']);
  });
});
