import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CliExperiment, withExperiment } from '../../src/cli/experiment';
import { decodeSafetensors, encodeSafetensors } from '../../src/data/safetensors';
import { freshNetwork, NETWORK_FILE, networkKind } from '../../src/experiment/kinds/network.node';
import { networkJob, trained } from '../../src/experiment/plans/networks.node';
import { finalTraining } from '../../src/experiment/plans/searches.node';
import { openScene } from '../../src/experiment/scene/scene';
import { splitsOf } from '../../src/experiment/scene/splits';
import { type LoadedNetwork, load } from '../../src/nas/models.node';
import { underPrefix } from '../../src/nas/prefix';
import type { ProtocolName } from '../../src/report/protocol';
import type { Task } from '../../src/tasks/task';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';
import { cellOf } from '../nas/toy';
import { useGpu } from '../use-gpu';
import { writeDigits } from './digits';
import { optionsFor, TINY, useSilence } from './experiment';

const folder = useFolder();
useSilence();
const held = useGpu();

async function inExperiment(
  protocol: ProtocolName,
  work: (experiment: CliExperiment) => Promise<void>,
): Promise<void> {
  const data = join(folder.path, 'data');
  await writeDigits(data, 120, 50);
  const settings = { ...TINY, search: { ...TINY.search, channels: 2 } };
  await withExperiment(optionsFor(data, join(folder.path, 'out'), { protocol }), settings, work);
}

const SIDE = 28;
/** A task's test pictures as the network's file says that it sees them: in the middle on black, grey repeated. */
function shownTo(
  { about }: LoadedNetwork,
  { images }: { readonly images: Uint8Array },
  indices: Uint32Array,
) {
  const [channels, height, width] = about.inputShape;
  const pad = (height - SIDE) / 2;
  const pixels = new Uint8Array(indices.length * channels * height * width);
  for (const [n, index] of indices.entries())
    for (let channel = 0; channel < channels; channel++)
      for (let row = 0; row < SIDE; row++) {
        const from = (index * SIDE + row) * SIDE;
        const to = ((n * channels + channel) * height + row + pad) * width + pad;
        pixels.set(images.subarray(from, from + SIDE), to);
      }
  return pixels;
}

/** Share of a task's test pictures that the network in a file gets right. */
async function accuracyOf(experiment: CliExperiment, task: Task, loaded: LoadedNetwork): Promise<number> {
  const of = experiment.inputs(task);
  const { indices, labels } = splitsOf(of, 0, 60).test;
  const said = await loaded.classify(shownTo(loaded, of.set.content.test, indices));
  return said.filter(({ label }, i) => label === labels[i]).length / labels.length;
}

describe('what a run has trained is a file for models.load', () => {
  it('a network of taskgrad train: with its accuracy on raw pictures, and the names of its classes', async () => {
    await inExperiment('corrected', async (experiment) => {
      const task = experiment.task('3');
      const artefact = await trained(experiment, task, 0);
      const file = artefact.file(NETWORK_FILE);
      const loaded = await load(held.gpu, file);
      expect(loaded.about).toMatchObject({
        network: 'smallCifarNet',
        classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
        inputShape: [1, 28, 28],
      });
      expect(await accuracyOf(experiment, task, loaded)).toBeCloseTo(artefact.value.testAccuracy, 6);

      const older = join(folder.path, 'older.safetensors');
      await writeFile(older, asWrittenBefore(await readFile(file)));
      expect(await failure(() => load(held.gpu, older))).toMatchObject({
        message: expect.stringMatching(/metadata taskgrad\.network: .*models\.save.*found none/),
      });
    });
  });

  it('one of ten outputs, as the protocol original has them: the same logits', async () => {
    await inExperiment('original', async (experiment) => {
      const of = experiment.inputs(experiment.task('0'));
      const { training } = networkJob(experiment, experiment.task('0'), 0).inputs;
      const deep = { ...training, network: 'vgg11', width: 0.05, epochs: 1 } as const;
      const artefact = await experiment.job(networkKind, { of, seed: 0, training: deep });
      const file = artefact.file(NETWORK_FILE);
      const loaded = await load(held.gpu, file);
      expect(loaded.about.inputShape).toEqual([3, 32, 32]);
      const scene = openScene(held.gpu, of);
      const net = freshNetwork(scene, deep, 5); // all of it is overwritten
      net.loadStateDict(underPrefix('net', decodeSafetensors(await readFile(file), file).tensors));
      const { indices } = splitsOf(of, 0, 60).test;
      const [said] = await loaded.classify(shownTo(loaded, of.set.content.test, indices.subarray(0, 1)));
      const order = scene.test.order(indices.slice(0, 1), new Int32Array(1));
      const { inputs } = scene.test.batch(order, 0, 1);
      const logits = [...(await net.eval().forward(inputs).data())];
      const powers = logits.map(Math.exp);
      for (const [i, probability] of said.probabilities.entries())
        expect(probability).toBeCloseTo(powers[i] / (powers[0] + powers[1]), 5);
      expect(logits).toHaveLength(2);
    });
  });

  it('a cell of a search, trained from scratch: with the error that results give', async () => {
    await inExperiment('corrected', async (experiment) => {
      const task = experiment.task('3');
      const genotype = cellOf('dil_conv_3x3', 3);
      const { testError } = await finalTraining(experiment, {
        label: 'cell',
        target: task,
        genotype,
        seed: 0,
      });
      const { key } = experiment.ledger.entries[0];
      const file = join(folder.path, 'out', 'store', 'artefacts', key.slice(0, 2), key, NETWORK_FILE);
      const loaded = await load(held.gpu, file);
      expect(loaded.about).toMatchObject({ network: genotype, affine: true });
      expect(1 - (await accuracyOf(experiment, task, loaded))).toBeCloseTo(testError, 6);

      const bytes = await readFile(file);
      bytes[bytes.length - 3] ^= 0x10;
      await writeFile(file, bytes);
      expect(await failure(() => load(held.gpu, file))).toMatchObject({ code: 'DATA_DAMAGED' });
    });
  });
});

/** The file as taskgrad wrote it before it said what a network is made of. */
function asWrittenBefore(bytes: Uint8Array): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(bytes, 'file');
  const kept = Object.entries(metadata).filter(([name]) => !name.startsWith('taskgrad.network'));
  const { texts: _, ...sums } = JSON.parse(metadata['taskgrad.sha256']);
  return encodeSafetensors(tensors, {
    ...Object.fromEntries(kept),
    'taskgrad.sha256': JSON.stringify(sums),
  });
}
