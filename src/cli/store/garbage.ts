import type { Leased, Listed } from '../../experiment/store';
import { referencesIn } from '../../experiment/stored.node';

/** Which artefacts are to go. */
export interface Rules {
  /** Those that were made, and last built on, before. */
  readonly before?: Date;
  /** Those that these keys do not build on. */
  readonly used?: readonly string[];
  /** The oldest, until what stays has so many bytes. */
  readonly toSize?: number;
  /** Counts an artefact's own age only, even where others that stay build on it. */
  readonly withInputs: boolean;
}

export const bytesOf = ({ files, value, inputs }: Listed): number =>
  files.reduce((sum, { bytes }) => sum + bytes, JSON.stringify([value, inputs]).length);

/**
 * The artefacts that the rules have go: those that all of them name, none that a job under way makes or builds on, and
 * none that one that stays builds on, unless `withInputs`. The first to go first.
 */
export function garbage(entries: readonly Listed[], leases: readonly Leased[], rules: Rules): Listed[] {
  const { before, used, toSize } = rules;
  if (!before && !used && toSize === undefined) return [];
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const held = leases.flatMap(({ key, uses }) => [key, ...uses]);
  const kept = closure(byKey, [...held, ...(used ?? [])]);
  const needed = rules.withInputs ? ownTimes(entries) : neededTimes(byKey);
  const timeOf = ({ key }: Listed): number => needed.get(key) ?? 0;

  const free = entries.filter(({ key }) => !kept.has(key));
  const old = before ? free.filter((entry) => timeOf(entry) < before.getTime()) : free;
  if (toSize === undefined) return old;
  const depths = new Map(old.map(({ key }) => [key, closure(byKey, [key]).size]));
  const depthOf = ({ key }: Listed): number => depths.get(key) ?? 0;
  const order = old.toSorted((a, b) => timeOf(a) - timeOf(b) || depthOf(b) - depthOf(a));
  let total = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  return order.filter((entry) => {
    if (total <= toSize) return false;
    total -= bytesOf(entry);
    return true;
  });
}

/** Some artefacts and all that they build on. */
function closure(byKey: ReadonlyMap<string, Listed>, keys: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = [...keys];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const entry = byKey.get(key);
    if (!entry || found.has(key)) continue;
    found.add(key);
    open.push(...referencesIn(entry.inputs));
  }
  return found;
}

const ownTimes = (entries: Iterable<Listed>): Map<string, number> =>
  new Map([...entries].map(({ key, at }) => [key, Date.parse(at)]));

/** When each artefact, or the last that builds on it, was made. */
function neededTimes(byKey: ReadonlyMap<string, Listed>): Map<string, number> {
  const times = ownTimes(byKey.values());
  const open = [...byKey.values()];
  for (let entry = open.pop(); entry; entry = open.pop()) {
    const time = times.get(entry.key) ?? 0;
    for (const key of referencesIn(entry.inputs)) {
      const input = byKey.get(key);
      if (!input || (times.get(key) ?? 0) >= time) continue;
      times.set(key, time);
      open.push(input);
    }
  }
  return times;
}
