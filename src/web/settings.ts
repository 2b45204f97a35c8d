import { DISTANCE_KINDS, type DistanceKind } from '../report/distance-kind';
import { mnistTasks } from '../tasks/catalogue';
import type { NetworkChoice } from './protocol';

/**
 * What a person chose in the panels, as it stands in the page's address. What is not in it was not chosen: the page
 * has its defaults for that.
 */
export interface Settings {
  /** Of the run. */
  readonly task?: string;
  readonly network?: NetworkChoice;
  readonly lr?: number;
  readonly batchSize?: number;
  readonly seed?: number;
  /** Whose Fisher information and distances are looked at. */
  readonly measured?: NetworkChoice;
  readonly distance?: DistanceKind;
  readonly source?: string;
  readonly target?: string;
  readonly count?: FisherCount;
  /** Task of the search. */
  readonly searched?: string;
  /** How much of MNIST is loaded. */
  readonly trainImages?: number;
  readonly testImages?: number;
}

/** How many images Fisher information is drawn of. */
export const FISHER_COUNTS = [1, 16, 200] as const;
export type FisherCount = (typeof FISHER_COUNTS)[number];

/** One setting: how it is called in the address, and which values it takes. */
interface Setting<T> {
  readonly name: string;
  /** The value of a text; nothing where it is none. */
  readonly read: (text: string) => T | undefined;
  /** Which values there are, in words. */
  readonly known: string;
}

const NETWORK_CHOICES: readonly NetworkChoice[] = ['smallCifarNet', 'NN2'];
const MOST_BATCH = 1024;
export const MOST_SEED = 2 ** 32 - 1;

const oneOf = <T extends string>(name: string, values: readonly T[]): Setting<T> => ({
  name,
  read: (text) => values.find((value) => value === text),
  known: `one of ${values.join(', ')}`,
});
const whole = (name: string, least: number, most: number): Setting<number> => ({
  name,
  read: (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  },
  known: `a whole number from ${least} to ${most}`,
});
const rate: Setting<number> = {
  name: 'lr',
  read: (text) => {
    const value = /^[\d.]+(e-?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    return value > 0 && value <= 1 ? value : undefined;
  },
  known: 'a number above 0, at most 1',
};
const TASKS = mnistTasks.map(({ id }) => id);

const SETTINGS: { readonly [K in keyof Settings]-?: Setting<NonNullable<Settings[K]>> } = {
  task: oneOf('task', TASKS),
  network: oneOf('network', NETWORK_CHOICES),
  lr: rate,
  batchSize: whole('batch', 1, MOST_BATCH),
  seed: whole('seed', 0, MOST_SEED),
  measured: oneOf('measured', NETWORK_CHOICES),
  distance: oneOf('distance', DISTANCE_KINDS),
  source: oneOf('source', TASKS),
  target: oneOf('target', TASKS),
  count: {
    name: 'count',
    read: (text) => FISHER_COUNTS.find((count) => String(count) === text),
    known: `one of ${FISHER_COUNTS.join(', ')}`,
  },
  searched: oneOf('searched', TASKS),
  trainImages: whole('images', 1, 60_000),
  testImages: whole('tests', 1, 10_000),
};
const KEYS = Object.keys(SETTINGS) as (keyof Settings)[];

/** Settings out of an address, and for each value that is none what is wrong with it, in words. */
export function parseSettings(address: URLSearchParams): { settings: Settings; problems: string[] } {
  const problems: string[] = [];
  const found = KEYS.flatMap((key) => {
    const { name, read, known } = SETTINGS[key];
    const text = address.get(name);
    if (text === null) return [];
    const value = read(text);
    if (value !== undefined) return [[key, value]];
    problems.push(`${name}=${text.slice(0, 40)} is not ${known}; the default stands in its place.`);
    return [];
  });
  return { settings: Object.fromEntries(found), problems };
}

/** An address with these settings; what else stands in it stays. */
export function formatSettings(settings: Settings, address: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(address);
  for (const key of KEYS) {
    const value = settings[key];
    if (value === undefined) next.delete(SETTINGS[key].name);
    else next.set(SETTINGS[key].name, String(value));
  }
  return next;
}
