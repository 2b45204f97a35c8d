import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readKept, writeKept } from '../data/kept.node';
import type { Gpu } from '../tensor/gpu';
import { artefactOf } from './artefact.node';
import { expanded, plainData } from './canonical';
import type { DataSource } from './data-set';
import { LackError } from './errors';
import type { JobEvent, Kind, Work } from './kind';
import type { Order } from './order.node';
import type { Lease, Store } from './store';
import { referencesIn } from './stored.node';

/** Told of jobs while they are done. */
export interface Watch {
  /** Told how far a job is. */
  progress(order: Order, done: number, total: number, note: string): void;
  /** Told a line that a job has for a person, with what it says as plain data, if it does. */
  say(order: Order, text: string, event?: JobEvent): void;
  /** Told what a job has for programs. */
  log(order: Order, event: JobEvent): void;
  /** Told of what is waited for, such as a worker. */
  note(text: string): void;
}

/** Where a job's folder says how long its tries took. */
const TIME = 'seconds.json';

/** What jobs need of the process that does them. */
export interface Bench {
  readonly gpu: Gpu;
  readonly store: Store;
  /** By name. */
  readonly kinds: ReadonlyMap<string, Kind>;
  readonly data: DataSource;
  readonly signal: AbortSignal;
  readonly watch: Watch;
}

/**
 * Does a job, from where an interrupted try has left it, and puts its artefact into the store.
 * @returns false where another process has the job
 * @throws what the job's work throws, and leaves what it has saved for the next try; LackError where something is missing
 */
export async function execute(order: Order, bench: Bench): Promise<boolean> {
  const { store } = bench;
  const lease = await store.lease(order.key, referencesIn(order.inputs));
  if (!lease) return false;
  let isFinished = false;
  try {
    if (await store.read(order.key)) return true; // another process was quicker
    const { value, files = [], seconds } = await made(order, bench, lease);
    const { label: _, ...facts } = order;
    await lease.finish({ ...facts, value: plainData(`${order.kind}: value`, value), seconds }, files);
    isFinished = true;
    return true;
  } finally {
    if (!isFinished) await lease.release();
  }
}

async function made(order: Order, bench: Bench, lease: Lease) {
  const kind = kindOf(order, order.kind, bench);
  if (kind.version !== order.version) {
    missing(order, `version ${order.version} of the kind '${kind.name}', but version ${kind.version}`);
  }
  const inputs = await resolved(order, bench);
  const time = join(lease.folder, TIME);
  const before = await earlierSeconds(time);
  const begun = performance.now();
  const seconds = () => before + (performance.now() - begun) / 1000;
  try {
    // Who made the order held the inputs against the kind's type.
    const result = await kind.run(workOf(order, bench, lease), inputs as never);
    return { ...result, seconds: seconds() };
  } catch (error) {
    if (!lease.lost.aborted) await writeKept(time, seconds()).catch(() => undefined); // the error tells more
    throw error;
  }
}

/** How long earlier tries took. */
const earlierSeconds = async (file: string): Promise<number> =>
  existsSync(file) ? (await readKept(file, z.number()).catch(() => ({ content: 0 }))).content : 0;

function workOf(order: Order, { gpu, signal, watch }: Bench, { folder, lost, saved }: Lease): Work {
  return {
    gpu,
    signal: AbortSignal.any([signal, lost]),
    file: (name) => join(folder, name),
    saved,
    progress: (done, total, note = '') => watch.progress(order, done, total, note),
    say: (text, event) => watch.say(order, text, event),
    log: (event) => watch.log(order, event),
  };
}

/** Inputs with artefacts and data sets in place of what stands for them. */
const resolved = (order: Order, bench: Bench): Promise<unknown> =>
  expanded(order.inputs, async ({ $artefact, $data }) => {
    if (typeof $data === 'string')
      return (await bench.data($data)) ?? missing(order, `data of hash ${$data}`);
    if (typeof $artefact !== 'string') return undefined;
    const stored = await bench.store.read($artefact);
    if (!stored)
      return missing(order, `the artefact ${$artefact}, which it builds on, in ${bench.store.name}`);
    return artefactOf(stored, kindOf(order, stored.kind, bench).check);
  });

const kindOf = (order: Order, name: string, { kinds }: Bench): Kind =>
  kinds.get(name) ?? missing(order, `the kind of job '${name}'`);

function missing(order: Order, what: string): never {
  throw new LackError(order, what);
}
