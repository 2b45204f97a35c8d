import { describe, expect, it } from 'vitest';
import type { CommonOptions } from '../../src/cli/common-options';
import type { CliExperiment } from '../../src/cli/experiment';
import { makeDataset } from '../../src/data/dataset';
import { DeviceImages } from '../../src/data/device-images';
import { disposeOrder } from '../../src/data/device-set';
import { pixelStatistics } from '../../src/data/images';
import { networkJob } from '../../src/experiment/plans/networks.node';
import { augmentationIn } from '../../src/experiment/scene/augmentation';
import { cellImages, openScene } from '../../src/experiment/scene/scene';
import { viewsOf } from '../../src/experiment/scene/sets.node';
import { fisherSplit, splitsOf } from '../../src/experiment/scene/splits';
import { useFolder } from '../data/folder';
import { useGpu } from '../use-gpu';
import { experimentBy, useSilence } from './experiment';

const folder = useFolder();
const held = useGpu();
useSilence();

const experiment = (
  protocol: CommonOptions['protocol'],
  work: (experiment: CliExperiment) => Promise<void>,
) => experimentBy(protocol, folder.path, work, {}, ['0', '1', '2', '3', 'mnist:odd']);

/** Pixels of the first image. */
async function firstImage(images: DeviceImages): Promise<number[]> {
  const order = images.order(Uint32Array.of(0), Int32Array.of(0));
  const { inputs, labels } = images.batch(order, 0, 1);
  const values = [...(await inputs.data())];
  for (const tensor of [inputs, labels]) tensor.dispose();
  disposeOrder(order);
  return values;
}

describe('images by the protocol original', () => {
  it('are digits from 0 to 1 in the middle of 32 × 32, in three channels, for cells, too', async () => {
    await experiment('original', async (experiment) => {
      const task = experiment.task('3');
      const scene = openScene(held.gpu, experiment.inputs(task));
      const { train } = scene.set.content;
      for (const images of [scene.train, cellImages(scene, experiment.settings.search, 'train')]) {
        expect(images.shape).toEqual([3, 32, 32]);
        const pixels = await firstImage(images);
        for (let at = 0; at < pixels.length; at++) {
          const [row, column] = [Math.floor((at % 1024) / 32) - 2, (at % 32) - 2];
          const inside = Math.min(row, column) >= 0 && Math.max(row, column) < 28;
          const byte = inside ? train.images[28 * row + column] : 0;
          expect(Math.abs(pixels[at] - byte / 255)).toBeLessThan(1e-6);
        }
      }
    });
  });

  it('are those of the data set otherwise, less their mean', async () => {
    await experiment('corrected', async (experiment) => {
      const task = experiment.task('3');
      const scene = openScene(held.gpu, experiment.inputs(task));
      expect(scene.train.shape).toEqual([1, 28, 28]);
      expect(cellImages(scene, experiment.settings.search, 'train').shape).toEqual([3, 28, 28]);
      const [first] = await firstImage(scene.train);
      const { mean, std } = pixelStatistics(scene.set.content.train);
      expect(first).toBeCloseTo((scene.set.content.train.images[0] / 255 - mean[0]) / std[0], 5);
    });
  });

  it('are CIFAR’s by the given figures', async () => {
    const shape = [3, 2, 2] as const;
    const images = Uint8Array.from({ length: 12 }, (_, i) => 20 * i);
    const part = (name: string) => ({ name, images, labels: Uint8Array.of(0), shape, classes: ['a'] });
    const set = makeDataset('photographs', part('train'), part('test'));
    const rules = { pixels: 'loader', imageSize: 'cifar' } as const;
    const view = viewsOf(new Map([['cifar10', set]]), rules).get('cifar10');
    if (!view) throw new Error('no view');
    const pixels = await firstImage(new DeviceImages(held.gpu, set.train, view.network));
    // Two pixels are 32 - 2 = 30 rows short, half of them above.
    const at = (channel: number, row: number, column: number) =>
      pixels[1024 * channel + 32 * (15 + row) + 15 + column];
    expect(at(0, 0, 1)).toBeCloseTo((20 / 255 - 0.4914) / 0.2023, 5);
    expect(at(1, 1, 0)).toBeCloseTo((120 / 255 - 0.4822) / 0.1994, 5);
    expect(at(2, 1, 1)).toBeCloseTo((220 / 255 - 0.4465) / 0.201, 5);
  });

  it('are the positives and 1,042 others to test on, or all there are, and as many to train on', async () => {
    const counts = (labels: Int32Array) =>
      [0, 1].map((one) => labels.filter((label) => label === one).length);
    await experiment('original', async (experiment) => {
      const task = experiment.task('0');
      const { train, test } = splitsOf(experiment.inputs(task), 0, 1000);
      expect(counts(train.labels)).toEqual([30, 30]);
      expect(counts(test.labels)).toEqual([90, 10]);
      expect(counts(fisherSplit(experiment.inputs(task), experiment.settings.fisher.count).labels)).toEqual([
        90, 10,
      ]);
      expect(experiment.task('mnist:odd').classes).toEqual(['odd', 'even']);
    });
    await experiment('corrected', async (experiment) => {
      expect(counts(splitsOf(experiment.inputs(experiment.task('0')), 0, 1000).test.labels)).toEqual([
        10, 10,
      ]);
      expect(experiment.task('mnist:odd').classes).toEqual(['even', 'odd']);
    });
  });

  it('are cropped with a black border, which normalised is less than 0', async () => {
    const augment = { crop: 4, flip: true };
    const cellView = { mean: [0.5, 0.25], std: [0.25, 0.5], pad: 0 };
    const fillBy = async (protocol: CommonOptions['protocol']) => {
      let fill: readonly number[] | undefined;
      await experiment(protocol, async (experiment) => {
        const task = { ...experiment.task('3'), dataset: 'cifar10' };
        const of = experiment.inputs(experiment.task('3'));
        const view = { ...of.view, cell: cellView };
        ({ fill } = augmentationIn({ ...of, task, view }, augment) ?? {});
      });
      return fill;
    };
    expect(await fillBy('original')).toEqual([-2, -0.5]);
    expect(await fillBy('corrected')).toBeUndefined();
  });

  it('come in the order of the set for the Fisher information', async () => {
    await experiment('original', async (experiment) => {
      const { inputs, task, settings } = experiment;
      const { indices } = fisherSplit(inputs(task('3')), settings.fisher.count);
      expect([...indices]).toEqual(Array.from({ length: 100 }, (_, i) => i));
    });
  });

  it('are seen twice as often where they are CIFAR’s', async () => {
    const epochsBy = async (protocol: CommonOptions['protocol']) => {
      const found: number[] = [];
      await experiment(protocol, async (experiment) => {
        const task = experiment.task('3');
        for (const dataset of ['mnist', 'cifar10']) {
          const given = { ...experiment, inputs: () => experiment.inputs(task) };
          found.push(networkJob(given, { ...task, dataset }, 0).inputs.training.epochs);
        }
      });
      return found;
    };
    expect(await epochsBy('original')).toEqual([3, 6]);
    expect(await epochsBy('corrected')).toEqual([3, 3]);
  });
});
