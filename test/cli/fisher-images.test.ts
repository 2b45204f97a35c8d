import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliExperiment, withExperiment } from '../../src/cli/experiment';
import { DataError } from '../../src/data/errors';
import { openScene } from '../../src/experiment/scene/scene';
import { searchSplits } from '../../src/experiment/scene/search-data';
import {
  batchesOf,
  fisherPart,
  fisherSplit,
  splitsOf,
  trainingSplit,
} from '../../src/experiment/scene/splits';
import type { Settings } from '../../src/experiment/settings/presets';
import { numClasses } from '../../src/tasks/task';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';
import { writeDigits } from './digits';
import { optionsFor, TINY, useSilence } from './experiment';

useSilence();
const held = useGpu();
const TASKS = ['0', '1', '2', '3'];
const { fisher } = TINY as Settings;
let root = '';

/** 300 training images, 30 of each digit, of which 3 are kept. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-fisher-images-'));
  await writeDigits(join(root, 'data'));
  await writeDigits(join(root, 'few'), 10, 10);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const within = (
  changes: Partial<Settings>,
  work: (experiment: CliExperiment) => Promise<void> | void,
  data = 'data',
) =>
  withExperiment(
    optionsFor(join(root, data), join(root, 'out')),
    { ...TINY, tasks: TASKS, ...changes },
    async (experiment) => work(experiment),
  );
const splitsFor = ({ task, inputs, settings }: CliExperiment) =>
  new Map(TASKS.map((id) => [id, fisherSplit(inputs(task(id)), settings.fisher.count)]));

describe('images of the Fisher information', () => {
  it('are training images that no task’s networks or searches train on or validate with, under any seed', () =>
    within({}, ({ task, inputs, ...rest }) => {
      const seen = new Set<number>();
      for (const split of splitsFor({ task, inputs, ...rest }).values())
        for (const index of split.indices) seen.add(index);
      expect(seen.size).toBeGreaterThan(0);
      for (const of of TASKS.map(task).map(inputs)) {
        expect(fisherPart(of)).toBe('train');
        for (const seed of [0, 1, 7]) {
          const search = searchSplits(of, rest.settings.search.validation, 1e6, seed);
          const drawn = [
            trainingSplit(of, seed, 1e6),
            splitsOf(of, seed, 1e6).train,
            search.train,
            search.validation,
          ];
          for (const { indices } of drawn) {
            expect(indices.length).toBeGreaterThan(0);
            expect([...indices].filter((index) => seen.has(index))).toEqual([]);
          }
        }
      }
    }));

  it('have every class of the task under its own label, as many as there are and no more than asked for', () =>
    within({ fisher: { ...fisher, count: 12 } }, (experiment) => {
      const { task, inputs } = experiment;
      const { labels } = inputs(task('0')).set.content.train;
      const splits = splitsFor(experiment);
      // Kept are 3 of each digit: 3 zeros and 3 others, 5 × 3 and 10 × 3, of which 12 were asked for.
      expect(TASKS.map((id) => splits.get(id)?.indices.length)).toEqual([6, 6, 12, 12]);
      for (const [id, split] of splits) expect(new Set(split.labels).size).toBe(numClasses(task(id)));
      const zeros = splits.get('0');
      expect([...(zeros?.labels ?? [])]).toEqual(
        Array.from(zeros?.indices ?? [], (index) => Number(labels[index] === 0)),
      );
    }));

  it('are test images where the paper is followed, and then nothing is kept from training', () =>
    within({ fisher: { ...fisher, images: 'test' } }, ({ task, inputs, settings }) => {
      const of = inputs(task('3'));
      expect(fisherPart(of)).toBe('test');
      expect(fisherSplit(of, settings.fisher.count).indices).toHaveLength(20);
      expect(trainingSplit(of, 0, 1e6).indices).toHaveLength(300);
    }));

  it('come in batches with their labels, freed one by one', () =>
    within({}, async ({ task, inputs, settings }) => {
      const scene = openScene(held.gpu, inputs(task('3')));
      const split = fisherSplit(scene, settings.fisher.count);
      const before = held.gpu.memory().tensors;
      const labels: number[] = [];
      for (const batch of batchesOf(scene.train, split, 8)) {
        expect(batch.inputs.shape).toEqual([batch.labels.size, 1, 28, 28]);
        labels.push(...(await batch.labels.data()));
      }
      expect(labels).toEqual([...split.labels]);
      expect(held.gpu.memory().tensors).toBe(before);
    }));

  it('that a data set is too small for are refused, with what to do', async () => {
    const few = within({}, (experiment) => void splitsFor(experiment), 'few');
    const error = await failure(() => few);
    expect(error).toBeInstanceOf(DataError);
    expect(String(error)).toMatch(/more than 1 images of label 0, .*found 1\. .*--images test/);
  });
});
