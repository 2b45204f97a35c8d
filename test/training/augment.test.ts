import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Sequential } from '../../src/nn/layers';
import type { Module } from '../../src/nn/module';
import { Adam } from '../../src/optim/adam';
import { type Augmentation, augmented } from '../../src/training/augment';
import { loadTensors, saveTensors } from '../../src/training/checkpoint.node';
import { InterruptedError } from '../../src/training/errors';
import { fit as trainOn } from '../../src/training/fit';
import type { Cursor, FitOptions } from '../../src/training/fit-options';
import { useFolder } from '../data/folder';
import { useGpu } from '../use-gpu';
import { toyImages, toyNet, toySplit } from './toy';

const held = useGpu();
const folder = useFolder();
const SIDE = 6;
const CHANGE: Augmentation = { crop: 2, flip: true };

/** Images whose every pixel is told from the others and from the 0 outside. */
const images = () =>
  held.gpu.tensor(
    Float32Array.from({ length: 12 * SIDE ** 2 }, (_, i) => 1 + i),
    [12, 1, SIDE, SIDE],
  );
const changed = async (change: Augmentation, step: number, seed = 3) => [
  ...(await augmented(images(), change, { seed, step }).data()),
];

describe('augmented', () => {
  test('gives a step the same images again, and other steps and seeds other ones', async () => {
    const first = await changed(CHANGE, 4);
    expect(await changed(CHANGE, 4)).toEqual(first);
    expect(await changed(CHANGE, 5)).not.toEqual(first);
    expect(await changed(CHANGE, 4, 2)).not.toEqual(first);
  });

  test('moves each image whole by at most the crop, mirrored or not, with 0 from outside', async () => {
    const result = await changed(CHANGE, 0);
    const kinds = new Set<string>();
    for (let n = 0; n < 12; n++) {
      const at = n * SIDE ** 2;
      const found = places(result.slice(at, at + SIDE ** 2), at);
      expect(found, `image ${n}`).toHaveLength(1);
      kinds.add(found[0]);
    }
    expect(kinds.size).toBeGreaterThan(6);
    expect(new Set([...kinds].map((kind) => kind.split(' ')[2])).size).toBe(2);
  });

  test('has the fill of its channel come in from outside, and no zeros any more', async () => {
    const two = held.gpu.ones([4, 2, SIDE, SIDE]);
    const moved = [
      ...(await augmented(two, { crop: 4, flip: true, fill: [-2, 3] }, { seed: 3, step: 0 }).data()),
    ];
    const channels = [0, 1].map(
      (c) => new Set(moved.filter((_, at) => Math.floor(at / SIDE ** 2) % 2 === c)),
    );
    expect(channels).toEqual([new Set([1, -2]), new Set([1, 3])]);
  });

  test('without flip mirrors nothing, and with neither leaves the images alone', async () => {
    const moved = await changed({ crop: 2, flip: false }, 0);
    for (let n = 0; n < 12; n++) {
      const at = n * SIDE ** 2;
      expect(places(moved.slice(at, at + SIDE ** 2), at)).toEqual([expect.stringMatching(/ straight$/)]);
    }
    expect(await changed({ crop: 0, flip: false }, 0)).toEqual([...(await images().data())]);
  });
});

/** The moves by up to 2 pixels, straight or mirrored, that make a plane of an image whose first pixel is `first` + 1. */
function places(plane: readonly number[], first: number): string[] {
  const found: string[] = [];
  for (let down = -2; down <= 2; down++) {
    for (let right = -2; right <= 2; right++) {
      for (const way of ['straight', 'mirrored']) {
        const fits = plane.every((value, i) => {
          const x = way === 'mirrored' ? SIDE - 1 - (i % SIDE) : i % SIDE;
          const [row, column] = [Math.floor(i / SIDE) + down, x + right];
          const inside = row >= 0 && row < SIDE && column >= 0 && column < SIDE;
          return value === (inside ? 1 + first + row * SIDE + column : 0);
        });
        if (fits) found.push(`${down} ${right} ${way}`);
      }
    }
  }
  return found;
}

describe('fit with augmentation', () => {
  const made = (seed: number) => {
    const net = toyNet(held.gpu, seed);
    return { net, optimizer: new Adam(net.parameters(), { lr: 0.01 }) };
  };
  const train = ({ net, optimizer }: ReturnType<typeof made>, options: Partial<FitOptions>) =>
    trainOn(net, optimizer, toyImages(held.gpu), toySplit(), {
      name: 'toy',
      epochs: 2,
      batchSize: 8,
      seed: 5,
      augment: CHANGE,
      ...options,
    });
  const weights = async (net: Module) =>
    Promise.all([...net.stateDict()].map(async ([name, tensor]) => [name, ...(await tensor.data())]));

  test('resumed in the middle of an epoch, ends bit for bit like a run never stopped', async () => {
    const whole = made(1);
    const history = await train(whole, {});

    const path = join(folder.path, 'run.safetensors');
    const run = made(1);
    const stop = new AbortController();
    let cursor: Cursor | undefined;
    const stopped = train(run, {
      signal: stop.signal,
      onStep: ({ epoch, step }) => epoch === 1 && step === 1 && stop.abort(),
      save: async (at) => {
        cursor = at;
        const { steps, tensors } = run.optimizer.state();
        await saveTensors(path, new Map([...run.net.stateDict(), ...tensors]), { steps });
      },
    });
    await expect(stopped).rejects.toThrow(InterruptedError);
    // The step after the signal is the one that sees it.
    expect(cursor).toMatchObject({ epoch: 1, step: 2 });

    const { tensors, meta } = await loadTensors(path, (json) => z.object({ steps: z.number() }).parse(json));
    const again = made(9);
    const moments = new Set(again.optimizer.state().tensors.keys());
    const part = (of: boolean) => new Map([...tensors].filter(([name]) => moments.has(name) === of));
    again.net.loadStateDict(part(false));
    again.optimizer.loadState({ steps: meta.steps, tensors: part(true) });
    expect(await train(again, { cursor })).toEqual(history);
    expect(await weights(again.net)).toEqual(await weights(whole.net));
  });

  test('shows the network other images in every step, which are those of the step’s number', async () => {
    const seen: number[][] = [];
    class Watching extends Sequential {
      override forward(x: Parameters<Sequential['forward']>[0]) {
        pending.push(x.data().then((data) => seen.push([...data])));
        return super.forward(x);
      }
    }
    const pending: Promise<unknown>[] = [];
    const net = new Watching(toyNet(held.gpu, 1));
    const same = { indices: new Uint32Array(8), labels: new Int32Array(8) };
    await trainOn(net, new Adam(net.parameters(), { lr: 0 }), toyImages(held.gpu), same, {
      name: 'toy',
      epochs: 3,
      batchSize: 8,
      seed: 5,
      augment: CHANGE,
    });
    await Promise.all(pending);
    expect(new Set(seen.map(String)).size).toBe(3);

    const images = toyImages(held.gpu);
    const { inputs } = images.batch(images.order(same.indices, same.labels), 0, 8);
    for (const [step, shown] of seen.entries()) {
      const wanted = augmented(inputs, CHANGE, { seed: 5, step });
      expect(shown).toEqual([...(await wanted.data())]);
    }
  });
});
