import type { Launch, UniformMember } from '../../runtime/kernel';
import { type Expression, recurring } from './deferred';
import { bufferBytes, type DType } from './dtype';
import type { RunInput, RunOutput } from './kernels';
import { labelOf } from './making';
import {
  computing,
  freeing,
  madeAt,
  making,
  type Place,
  Plan,
  puttingOff,
  type Rebuild,
  running,
  type Step,
} from './plan';
import type { Shape } from './shape';
import type { Storage } from './storage';
import { Tensor } from './tensor';

/** Notes what a rule of an op does, step by step, so that it can be done again without the rule: see `Plan`. */
export class Draft {
  private readonly steps: Step[] = [];
  /** The given tensors' come first, then those that are made, in their order. */
  private readonly places = new Map<Storage, number>();
  /** How many tensors share a storage that was made. */
  private readonly holders = new Map<Storage, number>();
  private isRefused = false;

  /** @param given what the rule is given; tensors of one storage count as the first of them */
  constructor(private readonly given: readonly Tensor[]) {
    for (const [place, { storage }] of given.entries())
      if (!this.places.has(storage)) this.places.set(storage, place);
  }

  /** The rule does what no plan can do again. */
  refuse(): void {
    this.isRefused = true;
  }

  made(storage: Storage, shape: Shape, dtype: DType): void {
    this.steps.push(making(bufferBytes(shape, dtype), labelOf(shape, dtype)));
    this.add(storage);
  }

  putOff(storage: Storage, { formula, sources }: Expression): void {
    this.steps.push(puttingOff(recurring(formula), sources.map(this.placeOf)));
    this.add(storage);
  }

  computed({ formula, sources }: Expression, into: Storage): void {
    this.steps.push(computing(recurring(formula), sources.map(this.placeOf), this.placeOf(into)));
  }

  ran(launch: Launch, operands: readonly (RunInput | RunOutput)[]): void {
    if (!isFixed(launch.uniforms)) this.refuse();
    const places = operands.map((one) => this.placeOf(one instanceof Tensor ? one.storage : undefined));
    this.steps.push(running({ ...launch, recurs: {} }, places));
  }

  /** One tensor more has a storage, or one fewer. */
  shared(storage: Storage, by: 1 | -1): void {
    const holders = this.holders.get(storage);
    if (holders === undefined) return;
    this.holders.set(storage, holders + by);
    if (holders + by === 0) this.steps.push(freeing(this.placeOf(storage)));
  }

  /** The plan, where there can be one. */
  finish<T>(result: T): Plan<T> | undefined {
    const rebuild = this.rebuilding(result) as Rebuild<T>; // it makes what it was shown
    return this.isRefused ? undefined : new Plan(this.steps, rebuild);
  }

  private add(storage: Storage): void {
    this.places.set(storage, this.given.length + this.holders.size);
    this.holders.set(storage, 0);
  }

  private readonly placeOf = (storage: Storage | undefined): Place => {
    const place = storage && this.places.get(storage);
    if (place === undefined) this.refuse();
    return place ?? 0;
  };

  private rebuilding(value: unknown): Rebuild {
    if (value instanceof Tensor) return this.rebuildingTensor(value);
    if (Array.isArray(value)) {
      const parts = value.map((part) => this.rebuilding(part));
      return (follow) => parts.map((part) => part(follow));
    }
    if (typeof value === 'function') this.refuse();
    if (typeof value !== 'object' || value === null) return () => value;
    if (Object.getPrototypeOf(value) !== Object.prototype) this.refuse();
    const parts = Object.entries(value).map(([name, part]) => [name, this.rebuilding(part)] as const);
    return (follow) => Object.fromEntries(parts.map(([name, part]) => [name, part(follow)]));
  }

  private rebuildingTensor(tensor: Tensor): Rebuild {
    const { shape, dtype, storage } = tensor;
    const same = this.given.indexOf(tensor);
    if (same >= 0) return ({ given }) => given[same];
    const place = this.placeOf(storage);
    if (place < this.given.length) return ({ given }) => given[place].alias(shape);
    return (follow) => Tensor.of(follow.gpu, shape, dtype, madeAt(follow, place));
  }
}

/** Whether no replay of a captured step, nor another call, has other numbers. */
function isFixed(value: UniformMember): boolean {
  if (typeof value === 'number') return true;
  if (Array.isArray(value)) return value.every(isFixed);
  return !('now' in value) && Object.values(value).every(isFixed);
}
