import type { SearchLabel } from '../nas/methods/labels';
import type { ProtocolName } from './protocol';

/** How far test errors of one method differ over seeds, by runs that were made earlier. */
export interface SeedSpread {
  readonly preset: string;
  /** Id of the target task. */
  readonly target: string;
  readonly method: SearchLabel;
  /** Sample standard deviation, in points. */
  readonly sd: number;
  readonly seeds: number;
}

/**
 * Single searches of these presets are printed with it. `taskgrad study --methods fuse:standard fuse:task-aware random darts --seeds 12` measures them again;
 * whoever changes what a preset does measures it anew.
 */
export const SEED_SPREADS: readonly SeedSpread[] = [
  { preset: 'quick', target: '3', method: 'FUSE standard', sd: 0.47, seeds: 12 },
  { preset: 'quick', target: '3', method: 'FUSE task-aware', sd: 0.39, seeds: 12 },
  { preset: 'quick', target: '3', method: 'random search', sd: 0.29, seeds: 12 },
  { preset: 'quick', target: '3', method: 'DARTS', sd: 1.92, seeds: 12 },
];

/** What a search was run with. */
export interface SearchedWith {
  readonly preset: string;
  /** Not in older results, which are of the corrected one. */
  readonly protocol?: ProtocolName;
  /** Id of the target task; not in older results. */
  readonly target?: string;
}

/** The spread of a method, or of the row of a table that is called like it; null where nobody has measured it. */
export function seedSpreadOf(
  { preset, protocol = 'corrected', target }: SearchedWith,
  architecture: string,
): SeedSpread | null {
  if (protocol !== 'corrected') return null;
  const name = architecture.toLowerCase();
  const isOf = (one: SeedSpread) =>
    one.preset === preset && one.target === target && one.method.toLowerCase() === name;
  return SEED_SPREADS.find(isOf) ?? null;
}

/** An error of one search, in percent, with what seeds of its preset differ by: '4.75 (± 0.48)'. */
export function singleError(errorPercent: number, architecture: string, by?: SearchedWith): string {
  const spread = by ? seedSpreadOf(by, architecture) : null;
  return `${errorPercent.toFixed(2)}${spread ? ` (± ${spread.sd.toFixed(2)})` : ''}`;
}

/** What single searches of some methods say, and what they do not. */
export function singleSearchNote(by: SearchedWith, methods: readonly string[]): string {
  const one = methods.length > 1 ? 'One search a method' : 'One search';
  const known = methods.flatMap((method) => seedSpreadOf(by, method) ?? []);
  const spreads = known.map(
    ({ method, sd, seeds }) => `± ${sd.toFixed(2)} (${method}, ${seeds} earlier seeds)`,
  );
  const differ =
    known.length > 0
      ? `seeds of this preset differ by ${spreads.join(', ')}`
      : 'how far seeds of this preset differ is not known';
  const ranks = methods.length > 1 ? '; it ranks nothing: taskgrad study compares methods over seeds' : '';
  return `${one}; ${differ}${ranks}.`;
}
