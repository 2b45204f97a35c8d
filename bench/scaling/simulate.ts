import { artefactOf } from '../../src/experiment/artefact.node';
import type { Json } from '../../src/experiment/canonical';
import type { Artefact, Kind } from '../../src/experiment/kind';
import { type Order, orderOf } from '../../src/experiment/order.node';
import { lineUp, type Terms, termsOf } from '../../src/experiment/priority';
import type { Job, Plan } from '../../src/experiment/run.node';
import { Random } from '../../src/tensor/random';
import { Agenda } from './agenda';
import { Line } from './line';

/** What a job takes and makes, as far as the simulation knows. */
export interface Work {
  /** Of computing, from the beginning. */
  readonly seconds: number;
  /** It is saved after each of so many equal pieces, and goes on from there on another worker. */
  readonly pieces: number;
  /** Of each save, and of what it makes. */
  readonly savedBytes: number;
  readonly bytes: number;
  readonly value: Json;
}

/** Makes up a job; the same one for the same order. */
export type Model = (kind: string, inputs: unknown, order: Order) => Work;

/** The machines. Rates that are left out are without bound, times without length. */
export interface World {
  readonly workers: number;
  /** Mean seconds from the begin of a try until its machine is taken away; left out: never. */
  readonly failsAfter?: number;
  /** Until there is another machine in its place. */
  readonly restart?: number;
  /** Until others notice, between the least and the most. */
  readonly silence?: readonly [least: number, most: number];
  readonly storeRate?: number;
  /** Beside the work of a job, on its worker. */
  readonly overhead?: number;
  /** What the planner's process computes for a job, for a byte that it reads of it, and in a second for one under way. */
  readonly planner?: { readonly job: number; readonly byte: number; readonly busy: number };
  /** What the queue's server computes for a job, and in a second for a worker with a job and without. */
  readonly queue?: { readonly job: number; readonly busy: number; readonly idle: number };
  readonly seed?: number;
}

/** What came of it; all times in seconds. */
export interface Outcome {
  readonly wall: number;
  readonly jobs: number;
  readonly failures: number;
  /** Of computing that counts, and that was lost with machines. */
  readonly worked: number;
  readonly lost: number;
  /** The most jobs that were under way at once. */
  readonly mostAtOnce: number;
  readonly store: Line;
  readonly planner: Line;
  readonly queue: Line;
  /** Of all workers together while they had jobs. */
  readonly held: number;
  readonly kinds: ReadonlyMap<string, KindSum>;
}

/** Of all jobs of a kind, tries that failed left out. */
export interface KindSum {
  readonly jobs: number;
  readonly seconds: number;
  /** To and from the store. */
  readonly bytes: number;
}

interface Task {
  readonly asked: { readonly order: Order; readonly terms: Terms };
  readonly work: Work;
  readonly reads: number;
  /** Pieces that are saved. */
  saved: number;
  readonly finish: () => void;
}

/** Of all jobs. */
export const ADAPTER = 'simulated';

/** Carries a plan out in no time: workers take the jobs by the product's own priority, on a clock of events. */
export async function simulate(plan: Plan<unknown>, model: Model, world: World): Promise<Outcome> {
  const simulation = new Simulation(model, world);
  return simulation.run(plan);
}

class Simulation {
  #now = 0;
  readonly #agenda = new Agenda();
  readonly #waiting: Task[] = [];
  readonly #asked = new Map<string, Promise<Artefact>>();
  readonly #sizes = new Map<string, number>();
  readonly #random: Random;
  readonly #store: Line;
  readonly #planner = new Line(1);
  readonly #queue = new Line(1);
  readonly #kinds = new Map<string, KindSum>();
  #idle: number;
  #jobs = 0;
  #failures = 0;
  #worked = 0;
  #lost = 0;
  #held = 0;
  #atOnce = 0;
  #mostAtOnce = 0;

  constructor(
    readonly model: Model,
    readonly world: World,
  ) {
    this.#idle = world.workers;
    this.#random = new Random(world.seed ?? 0);
    this.#store = new Line(world.storeRate ?? Number.POSITIVE_INFINITY);
  }

  async run(plan: Plan<unknown>): Promise<Outcome> {
    let isOver = false;
    const end = plan(this.#job).finally(() => {
      isOver = true;
    });
    end.catch(() => undefined); // awaited below
    for (await settled(); !isOver; await settled()) {
      // What comes at the same moment is all there before anybody chooses of it.
      if (this.#agenda.nextAt > this.#now) this.#handOut();
      const event = this.#agenda.next();
      if (!event) throw new Error('simulation: the plan waits, but no job is under way');
      this.#now = event.at;
      event.act();
    }
    await end;
    const { workers, queue: { busy, idle } = { busy: 0, idle: 0 } } = this.world;
    this.#planner.also(this.#held * (this.world.planner?.busy ?? 0));
    this.#queue.also(this.#held * busy + Math.max(0, workers * this.#now - this.#held) * idle);
    return {
      wall: this.#now,
      jobs: this.#jobs,
      failures: this.#failures,
      worked: this.#worked,
      lost: this.#lost,
      mostAtOnce: this.#mostAtOnce,
      store: this.#store,
      planner: this.#planner,
      queue: this.#queue,
      held: this.#held,
      kinds: this.#kinds,
    };
  }

  readonly #job: Job = async (kind, inputs, label) => {
    const { order } = orderOf(kind, inputs, ADAPTER, label);
    const promise = this.#asked.get(order.key) ?? this.#ask(kind, inputs, order);
    this.#asked.set(order.key, promise);
    return promise as Promise<Artefact<never>>;
  };

  #ask<In>(kind: Kind<In>, inputs: In, order: Order): Promise<Artefact> {
    this.#jobs++;
    const { planner, queue } = this.world;
    const work = this.model(kind.name, inputs, order);
    const reads = keysIn(order.inputs).reduce((sum, key) => sum + (this.#sizes.get(key) ?? 0), 0);
    return new Promise((resolve) => {
      const finish = () => {
        this.#count(kind.name, work, reads);
        this.#sizes.set(order.key, work.bytes);
        this.#queue.take(queue?.job ?? 0, this.#now);
        const read = this.#planner.take(
          work.bytes * (planner?.byte ?? 0),
          this.#store.take(work.bytes, this.#now),
        );
        this.#agenda.add(read, () => resolve(artefact(kind, order, work)));
      };
      const asked = { order, terms: termsOf(kind, inputs) };
      const ready = this.#planner.take(planner?.job ?? 0, this.#now);
      this.#agenda.add(ready, () => lineUp(this.#waiting, { asked, work, reads, saved: 0, finish }));
    });
  }

  #count(kind: string, { seconds, pieces, savedBytes, bytes }: Work, reads: number): void {
    const sum = this.#kinds.get(kind) ?? { jobs: 0, seconds: 0, bytes: 0 };
    const moved = reads + pieces * savedBytes + 2 * bytes; // the planner reads it, too
    this.#kinds.set(kind, { jobs: sum.jobs + 1, seconds: sum.seconds + seconds, bytes: sum.bytes + moved });
  }

  #handOut(): void {
    while (this.#idle > 0 && this.#waiting.length > 0) {
      const [task] = this.#waiting.splice(0, 1);
      this.#idle--;
      this.#attempt(task);
    }
  }

  /** Has a worker try a job, from where it was saved. */
  #attempt(task: Task): void {
    const { overhead = 0, failsAfter, storeRate = Number.POSITIVE_INFINITY } = this.world;
    const { seconds, pieces, savedBytes } = task.work;
    const begun = this.#now;
    this.#mostAtOnce = Math.max(this.#mostAtOnce, ++this.#atOnce);
    const loaded = task.reads + (task.saved > 0 ? savedBytes : 0);
    const read = this.#store.take(loaded, begun) + overhead;
    const piece = seconds / pieces + savedBytes / storeRate;
    const ready = read + piece * (pieces - task.saved);
    const failure =
      failsAfter === undefined
        ? Number.POSITIVE_INFINITY
        : begun - failsAfter * Math.log(1 - this.#random.uniform());
    if (failure < ready) {
      const done = Math.max(0, Math.floor((failure - read) / piece));
      this.#agenda.add(failure, () =>
        this.#fail(task, done, Math.max(0, failure - read - done * piece), begun),
      );
    } else this.#agenda.add(ready, () => this.#end(task, begun));
  }

  /** The machine is gone, and what it had not saved. */
  #fail(task: Task, done: number, lost: number, begun: number): void {
    const { restart = 0, silence: [least, most] = [0, 0] } = this.world;
    this.#failures++;
    this.#lost += lost;
    this.#leave(task, done, begun);
    task.saved += done;
    const noticed = least + (most - least) * this.#random.uniform();
    this.#agenda.add(this.#now + noticed, () => lineUp(this.#waiting, task));
    this.#agenda.add(this.#now + restart, () => {
      this.#idle++;
    });
  }

  #end(task: Task, begun: number): void {
    this.#leave(task, task.work.pieces - task.saved, begun);
    const written = this.#store.take(task.work.bytes, this.#now);
    this.#agenda.add(written, () => {
      this.#idle++;
      task.finish();
    });
  }

  #leave({ work }: Task, pieces: number, begun: number): void {
    this.#atOnce--;
    this.#worked += (pieces * work.seconds) / work.pieces;
    this.#held += this.#now - begun;
    this.#store.also(pieces * work.savedBytes);
  }
}

function artefact(kind: Kind, order: Order, { value, seconds }: Work): Artefact {
  const stored = { ...order, value, seconds, files: [], at: '', folder: '' };
  return artefactOf(stored, kind.check);
}

/** Keys of artefacts that a job builds on. */
function keysIn(inputs: Json): string[] {
  if (typeof inputs !== 'object' || inputs === null) return [];
  const { $artefact } = inputs as { readonly $artefact?: Json };
  return typeof $artefact === 'string' ? [$artefact] : Object.values(inputs).flatMap(keysIn);
}

/** Waits until a plan has come to its next jobs: plans wait for nothing but jobs. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
