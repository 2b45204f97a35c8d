/** A map with every name put under `prefix.`. */
export function withPrefix<T>(prefix: string, entries: Iterable<readonly [string, T]>): Map<string, T> {
  return new Map([...entries].map(([name, value]) => [`${prefix}.${name}`, value]));
}

/** The entries that `withPrefix` put under a prefix. */
export function underPrefix<T>(prefix: string, entries: Iterable<readonly [string, T]>): Map<string, T> {
  const start = `${prefix}.`;
  const own = [...entries].filter(([name]) => name.startsWith(start));
  return new Map(own.map(([name, value]) => [name.slice(start.length), value]));
}
