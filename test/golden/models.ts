import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Ref, ref, size } from '../reference/ref';

const count = z.int().positive();
const numbers = z.array(z.number());
const schema = z.strictObject({
  torch: z.string(),
  cases: z.array(
    z.strictObject({
      name: z.string(),
      /** Of the net of width 1 with 10 classes; `layout` is the hash of its state's names and shapes. */
      parameters: count,
      layout: count,
      /** Of the small net that the figures below belong to, its square images, and its running variances' mean. */
      width: z.number().positive(),
      size: count,
      variance: z.number().positive(),
      /** Name that the images' numbers follow from. */
      images: z.string(),
      labels: z.array(z.int()),
      /** Logits [2, 10] of the small net in evaluation and in training. */
      evaluated: numbers,
      trained: numbers,
      gradientNorms: z.record(z.string(), z.number()),
    }),
  ),
});

/** What PyTorch makes of the hand-made networks; written by models.py. */
export type ModelCase = z.infer<typeof schema>['cases'][number];

export function readModels(): ModelCase[] {
  const text = readFileSync(new URL('models.json', import.meta.url), 'utf8');
  return schema.parse(JSON.parse(text)).cases;
}

/** 32-bit FNV-1a, as in models.py. */
function fnv(text: string): number {
  return new TextEncoder().encode(text).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
}

/** Multiples of 1/512 in [−1, 1): ten bits of a hash (lowbias32 by C. Wellons) of each position. */
function hashed(name: string, count: number): number[] {
  const start = fnv(name);
  return Array.from({ length: count }, (_, i) => {
    let h = (start + Math.imul(i, 0x9e3779b9)) >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    h ^= h >>> 16;
    return ((h >>> 22) - 512) / 512;
  });
}

/** The number that models.py puts into a state entry of this name and shape, or into images, whose name begins so. */
export function entryOf(name: string, shape: readonly number[], variance = 1): Ref {
  const noise = hashed(name, size(shape));
  return ref(shape, noise.map(formOf(name, shape, variance)));
}

function formOf(name: string, shape: readonly number[], variance: number): (noise: number) => number {
  if (name.startsWith('images')) return (noise) => noise;
  if (name.endsWith('running_var')) return (noise) => variance * (1 + noise / 2);
  if (shape.length === 1) return (noise) => Number(name.endsWith('weight')) + noise / 4;
  const bound = Math.floor(256 * Math.sqrt(6 / size(shape.slice(1))) + 0.5) / 256;
  return (noise) => noise * bound;
}

/** The hash of a state's names and shapes, in order, as models.py takes it. */
export function layoutOf(state: ReadonlyMap<string, { readonly shape: readonly number[] }>): number {
  return fnv([...state].map(([name, { shape }]) => `${name} [${shape.join(', ')}]\n`).join(''));
}
