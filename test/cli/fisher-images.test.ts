import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Settings } from '../../src/experiment/settings/presets';
import { type Session, withSession } from '../../src/cli/session';
import { fisherBatches, fisherSplit, trainingSplit } from '../../src/experiment/scene/splits';
import { splitsOf } from '../../src/experiment/kinds/network.node';
import { searchData } from '../../src/experiment/scene/search-data';
import { DataError } from '../../src/data/errors';
import { numClasses } from '../../src/tasks/task';
import { failure } from '../data/failure';
import { writeDigits } from './digits';
import { optionsFor, TINY, useSilence } from './session';

useSilence();
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
  work: (session: Session) => Promise<void> | void,
  data = 'data',
) =>
  withSession(
    optionsFor(join(root, data), join(root, 'out')),
    { ...TINY, tasks: TASKS, ...changes },
    async (session) => work(session),
  );
const fisherOf = (session: Session) =>
  new Map(TASKS.map((id) => [id, fisherSplit(session, session.task(id))]));

describe('images of the Fisher information', () => {
  it('are training images that no task’s networks or searches train on or validate with, under any seed', () =>
    within({}, (session) => {
      const { train } = session.set(session.task('0'));
      const seen = new Set<number>();
      for (const { images, split } of fisherOf(session).values()) {
        expect(images).toBe(train);
        for (const index of split.indices) seen.add(index);
      }
      expect(seen.size).toBeGreaterThan(0);
      for (const task of TASKS.map(session.task)) {
        for (const seed of [0, 1, 7]) {
          const search = searchData(session, task, 1e6, seed);
          const drawn = [
            trainingSplit(session, task, seed, 1e6),
            splitsOf(session, task, seed, 1e6).train,
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
    within({ fisher: { ...fisher, count: 12 } }, (session) => {
      const { labels } = session.set(session.task('0')).dataset.train;
      const splits = fisherOf(session);
      // Kept are 3 of each digit: 3 zeros and 3 others, 5 × 3 and 10 × 3, of which 12 were asked for.
      expect(TASKS.map((id) => splits.get(id)?.split.indices.length)).toEqual([6, 6, 12, 12]);
      for (const id of TASKS) {
        const { split } = splits.get(id) ?? fisherSplit(session, session.task(id));
        expect(new Set(split.labels).size).toBe(numClasses(session.task(id)));
      }
      const zeros = fisherSplit(session, session.task('0')).split;
      expect([...zeros.labels]).toEqual(Array.from(zeros.indices, (index) => Number(labels[index] === 0)));
    }));

  it('are test images where the paper is followed, and then nothing is kept from training', () =>
    within({ fisher: { ...fisher, images: 'test' } }, (session) => {
      const task = session.task('3');
      const { images, split } = fisherSplit(session, task);
      expect(images).toBe(session.set(task).test);
      expect(split.indices).toHaveLength(20);
      expect(trainingSplit(session, task, 0, 1e6).indices).toHaveLength(300);
    }));

  it('come in batches with their labels, freed one by one', () =>
    within({}, async (session) => {
      const sample = fisherSplit(session, session.task('3'));
      const before = session.gpu.memory().tensors;
      const labels: number[] = [];
      for (const batch of fisherBatches(sample, 8)) {
        expect(batch.inputs.shape).toEqual([batch.labels.size, 1, 28, 28]);
        labels.push(...(await batch.labels.data()));
      }
      expect(labels).toEqual([...sample.split.labels]);
      expect(session.gpu.memory().tensors).toBe(before);
    }));

  it('that a data set is too small for are refused, with what to do', async () => {
    const few = within({}, (session) => void fisherSplit(session, session.task('3')), 'few');
    const error = await failure(() => few);
    expect(error).toBeInstanceOf(DataError);
    expect(String(error)).toMatch(/more than 1 images of label 0, .*found 1\. .*--images test/);
  });
});
