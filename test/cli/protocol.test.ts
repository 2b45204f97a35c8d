import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../src/experiment/settings/presets';
import type { CommonOptions, Session } from '../../src/cli/session';
import { trainingSplit } from '../../src/experiment/scene/splits';
import { augmentationOf, freshNetwork, splitsOf, trainedNetwork } from '../../src/experiment/kinds/network.node';
import { keyOf, searchSettings, wholeSpace } from '../../src/experiment/scene/search-data';
import type { NetworkName } from '../../src/models/catalogue';
import { programSpace, standardSpace } from '../../src/nas/space';
import type { Module } from '../../src/nn/module';
import { evaluateTogether } from '../../src/training/evaluate-together';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';
import { sessionBy, useSilence } from './session';

const folder = useFolder();
const silence = useSilence();

const session = (
  protocol: CommonOptions['protocol'],
  work?: (session: Session) => Promise<void>,
  more?: Partial<CommonOptions>,
) => sessionBy(protocol, folder.path, work, more);

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
      const { labels } = session.set(task).dataset.train;
      const { train } = splitsOf(session, task, 0, 1000);
      const rest = [...train.indices].filter((_, i) => train.labels[i] === 0).sort((a, b) => a - b);
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
      expect(searchSettings(session, session.task('3'), standardSpace, 0)).toMatchObject({
        alphaLr: 1e-3,
        alphaBatchSize: 1000,
        optimizers: 'stage',
        winnerWeights: 'xavier',
        budget: 'epochs',
        alphaOrder: 'fixed',
        winnerHead: 'kept',
        distinct: false,
        sharedSeeds: true,
      });
      expect(wholeSpace(session)).toBe(programSpace);
    });
  });

  it('original augments photographs, in searches, too, and nothing else', async () => {
    const augment = { crop: 4, flip: true };
    const { protocol } = settingsOf('paper', 0, 'original');
    const of = (dataset: string, rules = protocol) => augmentationOf(rules, { dataset }, augment);
    for (const dataset of ['cifar10', 'cifar100']) expect(of(dataset)).toEqual(augment);
    for (const dataset of ['mnist', 'fashion', 'quickdraw']) expect(of(dataset)).toBeUndefined();
    const corrected = settingsOf('paper', 0).protocol;
    expect(of('mnist', corrected)).toEqual({ crop: 4, flip: false });
    expect(of('quickdraw', corrected)).toEqual(augment);
    await session('original', async (session) => {
      const task = session.task('3');
      const shown = { ...session, set: () => session.set(task) };
      const augmented = (dataset: string) =>
        searchSettings(shown, { ...task, dataset }, standardSpace, 0).augment;
      expect(augmented('cifar10')).toMatchObject(augment);
      expect(augmented('mnist')).toBeUndefined();
    });
  });

  it('each has its own entries in a dictionary that both share', async () => {
    const keyIn = async (protocol: 'corrected' | 'original') => {
      let key = '';
      await session(protocol, async (session) => {
        key = keyOf(session, session.task('1'));
      });
      return key;
    };
    expect(await keyIn('corrected')).toBe('mnist/1');
    expect(await keyIn('original')).toBe('original/mnist/1');
  });

  it('original has deep networks end in ten outputs and a linear layer, its own nets not', async () => {
    const headIn = async (protocol: 'corrected' | 'original', network: NetworkName) => {
      let shape: readonly number[] = [];
      await session(protocol, async (session) => {
        const net = freshNetwork(session, session.task('0'), { network, width: 0.03 }, 0);
        ({ shape } = net.head.weight);
        net.dispose();
      });
      return shape;
    };
    expect(await headIn('original', 'vgg16')).toEqual([2, 10]);
    expect(await headIn('corrected', 'vgg16')).toEqual([2, 15]); // 0.03 · 512
    expect(await headIn('original', 'NN2')).toEqual([2, 4]); // 0.03 · 128
  });

  it('original has running statistics see the test images last, 50 together, and says so', async () => {
    const training = {
      network: 'vgg11',
      width: 0.02,
      images: 30,
      epochs: 1,
      batchSize: 16,
      lr: 2e-3,
    } as const;
    const stateOf = async (net: Module) =>
      Promise.all([...net.stateDict()].map(async ([name, tensor]) => [name, [...(await tensor.data())]]));
    await session('original', async (session) => {
      const task = session.task('3');
      const job = { name: 'seen', task, seed: 0, training };
      const { net, record } = await trainedNetwork(session, job);
      expect(session.testImages.seen(task)).toContain('running statistics of trained networks');
      const rules = { ...session.settings.protocol, networkTest: undefined };
      const other = { ...session, settings: { ...session.settings, protocol: rules } };
      const plain = (await trainedNetwork(other, { ...job, name: 'unseen' })).net;
      expect(await stateOf(plain)).not.toEqual(await stateOf(net));
      const { test } = splitsOf(session, task, 0, 30);
      const { accuracy } = await evaluateTogether(plain, session.set(task).test, test, 50);
      expect(await stateOf(plain)).toEqual(await stateOf(net));
      expect(record.testAccuracy).toBe(accuracy);
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
