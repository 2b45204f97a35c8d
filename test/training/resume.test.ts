import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Module } from '../../src/nn/module';
import { Adam } from '../../src/optim/adam';
import type { Optimizer } from '../../src/optim/optimizer';
import { loadTensors, saveTensors } from '../../src/training/checkpoint.node';
import { InterruptedError } from '../../src/training/errors';
import { fit as trainFrom } from '../../src/training/fit';
import type { Cursor, FitOptions } from '../../src/training/fit-options';
import { useFolder } from '../data/folder';
import { useGpu } from '../use-gpu';
import { toyImages, toyNet, toySplit } from './toy';

const held = useGpu();
const folder = useFolder();
const EPOCHS = 2;
const STEPS = 3;

const measure = z.object({ loss: z.number(), accuracy: z.number() });
const metaSchema = z.object({
  cursor: z.object({
    epoch: z.number(),
    step: z.number(),
    stats: z.array(z.number()),
    history: z.array(measure),
  }),
  steps: z.number(),
});

function made(seed: number) {
  const net = toyNet(held.gpu, seed);
  return { net, optimizer: new Adam(net.parameters(), { lr: 0.01 }) };
}

function train({ net, optimizer }: { net: Module; optimizer: Optimizer }, options: Partial<FitOptions>) {
  const schedule = (epoch: number) => 0.02 / (epoch + 1);
  return trainFrom(net, optimizer, toyImages(held.gpu), toySplit(), {
    name: 'toy',
    epochs: EPOCHS,
    batchSize: 8,
    seed: 5,
    schedule,
    ...options,
  });
}

/** All bits that a run ends with. */
async function bits({ net, optimizer }: { net: Module; optimizer: Optimizer }) {
  const tensors = [...net.stateDict(), ...optimizer.state().tensors];
  return Promise.all(tensors.map(async ([name, tensor]) => [name, ...(await tensor.data())]));
}

async function save(path: string, { net, optimizer }: ReturnType<typeof made>, cursor: Cursor) {
  const { steps, tensors } = optimizer.state();
  await saveTensors(path, new Map([...net.stateDict(), ...tensors]), { cursor, steps });
}

/** A network made anew, of other weights, brought to where the file left off. */
async function restore(path: string) {
  const run = made(99);
  const { tensors, meta } = await loadTensors(path, (json) => metaSchema.parse(json));
  const moments = new Set(run.optimizer.state().tensors.keys());
  const part = (ofMoments: boolean) =>
    new Map([...tensors].filter(([name]) => moments.has(name) === ofMoments));
  run.net.loadStateDict(part(false));
  run.optimizer.loadState({ steps: meta.steps, tensors: part(true) });
  return { run, cursor: meta.cursor };
}

describe('a run that is saved within epochs, too', () => {
  test('goes on from any of its checkpoints, bit for bit, and measures the same', async () => {
    const whole = made(1);
    const history = await train(whole, {});

    const run = made(1);
    const saved: { path: string; cursor: Cursor }[] = [];
    const kept = await train(run, {
      saveEvery: 0,
      save: async (cursor) => {
        const path = join(folder.path, `at-${saved.length}.safetensors`);
        saved.push({ path, cursor });
        await save(path, run, cursor);
      },
    });
    expect(kept).toEqual(history);
    expect(saved.map(({ cursor }) => EPOCHS * STEPS - STEPS * cursor.epoch - cursor.step)).toEqual([
      5, 4, 3, 2, 1, 0,
    ]);
    for (const { path } of saved) {
      const { run: next, cursor } = await restore(path);
      expect(await train(next, { cursor })).toEqual(history);
      expect(await bits(next)).toEqual(await bits(whole));
    }
  });

  test('is not, where the time has not come', async () => {
    const cursors: Cursor[] = [];
    await train(made(1), { saveEvery: 3600, save: async (cursor) => void cursors.push(cursor) });
    expect(cursors.map(({ step }) => step)).toEqual([0, 0]);
  });
});

describe('a run that is stopped, saved, and resumed by another program', () => {
  // Stopped while step 1, 2, ... of the whole is reported: in the middle of an epoch, and at its end.
  test.each([1, 2, 3, 4])('ends bit for bit like one never stopped: stop %i', async (stop) => {
    const whole = made(1);
    const history = await train(whole, {});

    const path = join(folder.path, 'run.safetensors');
    const run = made(1);
    const interrupt = new AbortController();
    const cursors: Cursor[] = [];
    const stopped = train(run, {
      signal: interrupt.signal,
      onStep: ({ epoch, step }) => epoch * STEPS + step === stop && interrupt.abort(),
      save: async (cursor) => {
        cursors.push(cursor);
        await save(path, run, cursor);
      },
    });
    await expect(stopped).rejects.toThrow(InterruptedError);

    const resumed = await restore(path);
    const stepsMade = resumed.cursor.epoch * STEPS + resumed.cursor.step;
    expect(stepsMade).toBeGreaterThanOrEqual(stop);
    expect(stepsMade).toBeLessThan(EPOCHS * STEPS);
    expect(resumed.cursor).toEqual(cursors.at(-1));
    expect(await train(resumed.run, { cursor: resumed.cursor })).toEqual(history);
    expect(await bits(resumed.run)).toEqual(await bits(whole));
  });

  test('may be stopped after every single step', async () => {
    const whole = made(1);
    const history = await train(whole, {});

    let run = made(1);
    let cursor: Cursor | undefined;
    const visited: number[][] = [];
    const path = join(folder.path, 'run.safetensors');
    const stop = AbortSignal.abort();
    for (let part = 0; part < EPOCHS * STEPS - 1; part++) {
      const current = run;
      const ended = train(current, { cursor, signal: stop, save: (cursor) => save(path, current, cursor) });
      await expect(ended).rejects.toThrow(InterruptedError);
      ({ run, cursor } = await restore(path));
      visited.push([cursor.epoch, cursor.step]);
    }
    expect(visited).toEqual([
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
    expect(await train(run, { cursor })).toEqual(history);
    expect(await bits(run)).toEqual(await bits(whole));
  });
});

test('a run that was at its end returns what it had measured, and trains no more', async () => {
  const run = made(1);
  const history = [{ loss: 1, accuracy: 0.5 }];
  const before = await bits(run);
  const cursor = { epoch: EPOCHS, step: 0, stats: [0, 0, 0, -1], history };
  expect(await train(run, { cursor })).toEqual(history);
  expect(await bits(run)).toEqual(before);
});

test('a signal that comes with the last step of all does not interrupt', async () => {
  const interrupt = new AbortController();
  const saved: Cursor[] = [];
  const history = await train(made(1), {
    signal: interrupt.signal,
    onStep: ({ epoch, step }) => epoch === EPOCHS - 1 && step === STEPS && interrupt.abort(),
    save: async (cursor) => void saved.push(cursor),
  });
  expect(saved.at(-1)).toEqual({ epoch: EPOCHS, step: 0, stats: [0, 0, 0, -1], history });
});
