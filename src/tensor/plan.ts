import type { Launch } from '../../runtime/kernel';
import type { PooledBuffer } from '../../runtime/pooled-buffer';
import { computeInto, Deferred, type Formula } from './deferred';
import type { Gpu } from './gpu';
import { dispatchOf } from './launch';
import type { Storage } from './storage';
import type { Tensor } from './tensor';

/** A rule of an op that is done again. */
export interface Follow {
  readonly gpu: Gpu;
  readonly given: readonly Tensor[];
  /** Storages that it made, in their order; undefined where they were freed. */
  readonly made: (Storage | undefined)[];
}

/** Something that a rule does. */
export type Step = (follow: Follow) => void;

/** Makes the result of a rule. */
export type Rebuild<T = unknown> = (follow: Follow) => T;

/** Which storage: those of the given tensors come first, then those that were made. */
export type Place = number;

/**
 * What a rule of an op did with tensors of some shapes. It is done again with others of the same shapes without the rule,
 * whose JavaScript takes several times as long. The kernels are the same, in the same order, and so are the bits.
 */
export class Plan<T> {
  constructor(
    private readonly steps: readonly Step[],
    private readonly rebuild: Rebuild<T>,
  ) {}

  /** @throws what the rule would throw: where a tensor was freed, say, or there is no memory */
  follow(gpu: Gpu, given: readonly Tensor[]): T {
    gpu.runtime.check();
    const follow: Follow = { gpu, given, made: [] };
    try {
      for (const step of this.steps) step(follow);
      return this.rebuild(follow);
    } finally {
      for (const storage of follow.made) storage?.letGo();
    }
  }
}

/** A new storage. */
export const making =
  (bytes: number, label: string): Step =>
  ({ gpu, made }) => {
    made.push(gpu.store(gpu.runtime.acquire(bytes, label)).held());
  };

/** A new storage, to be computed when it is read. */
export const puttingOff =
  (formula: Formula, from: readonly Place[]): Step =>
  (follow) => {
    const { gpu, made } = follow;
    const sources = from.map((place) => readAt(follow, place));
    made.push(gpu.store(new Deferred(gpu, { formula, sources })).held());
  };

/** A formula, computed into a storage. */
export const computing =
  (formula: Formula, from: readonly Place[], into: Place): Step =>
  (follow) => {
    const sources = from.map((place) => readAt(follow, place));
    computeInto(follow.gpu, { formula, sources }, (by) => changedAt(follow, into, by));
  };

/** A dispatch. */
export const running =
  (launch: Launch, places: readonly Place[]): Step =>
  (follow) => {
    const { kernel, written = places.length } = launch;
    const buffers: PooledBuffer[] = [];
    for (let i = 0; i < places.length; i++)
      buffers.push(
        i < written ? changedAt(follow, places[i], kernel.name) : readAt(follow, places[i]).pooled,
      );
    follow.gpu.runtime.dispatch(dispatchOf(launch, buffers, undefined));
  };

/** No tensor has a storage any more that was made. */
export const freeing =
  (place: Place): Step =>
  ({ given, made }) => {
    const i = place - given.length;
    made[i]?.letGo();
    made[i] = undefined;
  };

/** Storages that were made are there as long as a step names them. */
export function madeAt({ given, made }: Follow, place: Place): Storage {
  const storage = made[place - given.length];
  if (!storage) throw new TypeError('a plan names a storage that it freed');
  return storage;
}

const readAt = (follow: Follow, place: Place): Storage =>
  place < follow.given.length ? follow.given[place].readable : madeAt(follow, place);

const changedAt = (follow: Follow, place: Place, by: string): PooledBuffer =>
  (place < follow.given.length ? follow.given[place] : madeAt(follow, place)).changed(by);
