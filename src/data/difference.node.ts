import { isDeepStrictEqual } from 'node:util';

/** The first place where plain data differs, as in 'training.epochs 2, not 3'. */
export function firstDifference(was: unknown, is: unknown, path: readonly string[] = []): string | undefined {
  if (isDeepStrictEqual(was, is)) return undefined;
  if (!isRecord(was) || !isRecord(is)) {
    return `${path.join('.')} ${JSON.stringify(was)}, not ${JSON.stringify(is)}`;
  }
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const differences = keys.map((key) => firstDifference(was[key], is[key], [...path, key]));
  return differences.find((difference) => difference !== undefined);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
