import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Session, withSession } from '../../src/cli/session';
import { distanceJob } from '../../src/experiment/plans/distances.node';
import { finalTraining } from '../../src/experiment/kinds/winner.node';
import { splitsOf, trainedNetwork } from '../../src/experiment/kinds/network.node';
import { decodeSafetensors, encodeSafetensors } from '../../src/data/safetensors';
import { type LoadedNetwork, load } from '../../src/nas/models.node';
import type { ProtocolName } from '../../src/report/protocol';
import type { Task } from '../../src/tasks/task';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';
import { cellOf } from '../nas/toy';
import { writeDigits } from './digits';
import { optionsFor, TINY, useSilence } from './session';

const folder = useFolder();
useSilence();

async function inSession(protocol: ProtocolName, work: (session: Session) => Promise<void>): Promise<void> {
  const data = join(folder.path, 'data');
  await writeDigits(data, 120, 50);
  const settings = { ...TINY, search: { ...TINY.search, channels: 2 } };
  await withSession(optionsFor(data, join(folder.path, 'out'), { protocol }), settings, work);
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
async function accuracyOf(session: Session, task: Task, loaded: LoadedNetwork): Promise<number> {
  const { indices, labels } = splitsOf(session, task, session.settings.seed, 60).test;
  const said = await loaded.classify(shownTo(loaded, session.set(task).dataset.test, indices));
  return said.filter(({ label }, i) => label === labels[i]).length / labels.length;
}

describe('what a run has trained is a file for models.load', () => {
  it('a network of taskgrad train: with its accuracy on raw pictures, and the names of its classes', async () => {
    await inSession('corrected', async (session) => {
      const task = session.task('3');
      const job = distanceJob(session, task, 0);
      const { net, record } = await trainedNetwork(session, job);
      const file = session.state('networks', `${job.name}.safetensors`);
      const loaded = await load(session.gpu, file);
      expect(loaded.about).toMatchObject({
        network: 'smallCifarNet',
        classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
        inputShape: [1, 28, 28],
      });
      expect(await accuracyOf(session, task, loaded)).toBeCloseTo(record.testAccuracy, 6);
      net.dispose();

      const older = `${file}.older`;
      await writeFile(older, asWrittenBefore(await readFile(file)));
      expect(await failure(() => load(session.gpu, older))).toMatchObject({
        message: expect.stringMatching(/metadata taskgrad\.network: .*models\.save.*found none/),
      });
      await writeFile(file, await readFile(older));
      const again = await trainedNetwork(session, job);
      expect(again.record).toEqual(record);
      again.net.dispose();
    });
  });

  it('one of ten outputs, as the protocol original has them: the same logits', async () => {
    await inSession('original', async (session) => {
      const task = session.task('0');
      const job = distanceJob(session, task, 0);
      const training = { ...job.training, network: 'vgg11', width: 0.05, epochs: 1 } as const;
      const { net } = await trainedNetwork(session, { ...job, training });
      const loaded = await load(session.gpu, session.state('networks', `${job.name}.safetensors`));
      expect(loaded.about.inputShape).toEqual([3, 32, 32]);
      const { indices } = splitsOf(session, task, 0, 60).test;
      const { dataset, test } = session.set(task);
      const [said] = await loaded.classify(shownTo(loaded, dataset.test, indices.subarray(0, 1)));
      const order = test.order(indices.slice(0, 1), new Int32Array(1));
      const { inputs } = test.batch(order, 0, 1);
      const logits = [...(await net.eval().forward(inputs).data())];
      const powers = logits.map(Math.exp);
      for (const [i, probability] of said.probabilities.entries())
        expect(probability).toBeCloseTo(powers[i] / (powers[0] + powers[1]), 5);
      expect(logits).toHaveLength(2);
    });
  });

  it('a cell of a search, trained from scratch: with the error that results give', async () => {
    await inSession('corrected', async (session) => {
      const task = session.task('3');
      const genotype = cellOf('dil_conv_3x3', 3);
      const { testError } = await finalTraining(session, { label: 'cell', target: task, genotype, seed: 0 });
      const file = session.state('finals', `${genotype.hash}-task3.safetensors`);
      const loaded = await load(session.gpu, file);
      expect(loaded.about).toMatchObject({ network: genotype, affine: true });
      expect(1 - (await accuracyOf(session, task, loaded))).toBeCloseTo(testError, 6);

      const bytes = await readFile(file);
      bytes[bytes.length - 3] ^= 0x10;
      await writeFile(file, bytes);
      expect(await failure(() => load(session.gpu, file))).toMatchObject({ code: 'DATA_DAMAGED' });
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
