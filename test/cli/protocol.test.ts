import { describe, expect, it } from 'vitest';
import type { CommonOptions } from '../../src/cli/common-options';
import type { CliExperiment } from '../../src/cli/experiment';
import { freshNetwork, NETWORK_FILE, networkKind } from '../../src/experiment/kinds/network.node';
import { dictionaryKey } from '../../src/experiment/plans/experiment.node';
import { networkJob, trainAll } from '../../src/experiment/plans/networks.node';
import { augmentationOf } from '../../src/experiment/scene/augmentation';
import { openScene } from '../../src/experiment/scene/scene';
import { searchBudgets, searchSettings, wholeSpace } from '../../src/experiment/scene/search-data';
import { splitsOf, trainingSplit } from '../../src/experiment/scene/splits';
import { settingsOf } from '../../src/experiment/settings/presets';
import type { NetworkName } from '../../src/models/catalogue';
import { load } from '../../src/nas/models.node';
import { programSpace, standardSpace } from '../../src/nas/space';
import type { Module } from '../../src/nn/module';
import { evaluateTogether } from '../../src/training/evaluate-together';
import { useFolder } from '../data/folder';
import { useGpu } from '../use-gpu';
import { experimentBy, useSilence } from './experiment';

const folder = useFolder();
const silence = useSilence();
const held = useGpu();

const experiment = (
  protocol: CommonOptions['protocol'],
  work?: (experiment: CliExperiment) => Promise<void>,
  more?: Partial<CommonOptions>,
) => experimentBy(protocol, folder.path, work, more);

const refusals = () => silence.stdout().match(/α on test images/g) ?? [];

describe('--protocol', () => {
  it('original says once that α does not learn from test images, and why', async () => {
    await experiment('original');
    expect(silence.stdout()).toContain(
      'protocol original: Images of α refused: α on test images would choose the cell by the images that it is judged by.',
    );
    expect(refusals()).toHaveLength(1);
  });

  it('corrected says nothing of it', async () => {
    await experiment('corrected');
    expect(refusals()).toEqual([]);
  });

  it('original takes the digit 1 for task 1, and its first negatives', async () => {
    await experiment('original', async (experiment) => {
      const task = experiment.task('1');
      expect(task).toMatchObject({ name: '1 vs rest', positives: [1] });
      const of = experiment.inputs(task);
      const { labels } = of.set.content.train;
      const { train } = splitsOf(of, 0, 1000);
      const rest = [...train.indices].filter((_, i) => train.labels[i] === 0).sort((a, b) => a - b);
      const others = [...labels.keys()].filter((image) => labels[image] !== 1);
      expect(rest).toEqual(others.slice(0, labels.filter((label) => label === 1).length));
    });
  });

  it('original trains on all training images, as its Fisher information is that of test images', async () => {
    const countOf = async (protocol: 'corrected' | 'original') => {
      let count = 0;
      await experiment(protocol, async (experiment) => {
        const of = experiment.inputs(experiment.task('3'));
        count = trainingSplit(of, 0, 1e6).indices.length;
        expect(protocol === 'original').toBe(count === of.set.content.train.labels.length);
      });
      return count;
    };
    expect(await countOf('corrected')).toBeLessThan(await countOf('original'));
  });

  it('original searches by the program’s rates, batches and optimisers', async () => {
    await experiment('original', async (experiment) => {
      const { inputs, task, settings } = experiment;
      const budgets = searchBudgets(settings);
      expect(searchSettings(inputs(task('3')), budgets, standardSpace, 0)).toMatchObject({
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
      expect(wholeSpace(settings.protocol)).toBe(programSpace);
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
    await experiment('original', async (experiment) => {
      const task = experiment.task('3');
      const of = experiment.inputs(task);
      const budgets = searchBudgets(experiment.settings);
      const augmented = (dataset: string) =>
        searchSettings({ ...of, task: { ...task, dataset } }, budgets, standardSpace, 0).augment;
      expect(augmented('cifar10')).toMatchObject(augment);
      expect(augmented('mnist')).toBeUndefined();
    });
  });

  it('each has its own entries in a dictionary that both share', async () => {
    const keyIn = async (protocol: 'corrected' | 'original') => {
      let key = '';
      await experiment(protocol, async (experiment) => {
        key = dictionaryKey(experiment, experiment.task('1'));
      });
      return key;
    };
    expect(await keyIn('corrected')).toBe('mnist/1');
    expect(await keyIn('original')).toBe('original/mnist/1');
  });

  it('original has deep networks end in ten outputs and a linear layer, its own nets not', async () => {
    const headIn = async (protocol: 'corrected' | 'original', network: NetworkName) => {
      let shape: readonly number[] = [];
      await experiment(protocol, async (experiment) => {
        const scene = openScene(held.gpu, experiment.inputs(experiment.task('0')));
        const net = freshNetwork(scene, { network, width: 0.03 }, 0);
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
    await experiment('original', async ({ task, inputs, job, settings }) => {
      const of = inputs(task('3'));
      const rules = { ...settings.protocol, networkTest: undefined };
      const seen = await job(networkKind, { of, seed: 0, training });
      const other = await job(networkKind, { of: { ...of, protocol: rules }, seed: 0, training });
      const { net } = await load(held.gpu, seen.file(NETWORK_FILE));
      const plain = (await load(held.gpu, other.file(NETWORK_FILE))).net;
      expect(await stateOf(plain)).not.toEqual(await stateOf(net));
      const scene = openScene(held.gpu, of);
      const { accuracy } = await evaluateTogether(plain, scene.test, splitsOf(of, 0, 30).test, 50);
      expect(await stateOf(plain)).toEqual(await stateOf(net));
      expect(seen.value.testAccuracy).toBe(accuracy);
    });
    await experiment('original', async (made) => {
      await trainAll(made);
      expect(made.testImages.seen(made.task('3'))).toContain('running statistics of trained networks');
    });
  });

  it('takes nothing from a run of the other protocol on the same store', async () => {
    const ended = async (protocol: CommonOptions['protocol']) => {
      const keys: string[] = [];
      await experiment(protocol, async (made) => {
        const { key } = await made.job(networkKind, networkJob(made, made.task('3'), 0).inputs);
        keys.push(key);
      });
      return keys;
    };
    const first = await ended('corrected');
    expect(await ended('original')).not.toEqual(first);
    expect(await ended('corrected')).toEqual(first);
  });
});
