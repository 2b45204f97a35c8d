/** Values that share a key, keys in the order they first come in. */
export function grouped<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => unknown,
): [Value, ...Value[]][] {
  const groups = new Map<unknown, [Value, ...Value[]]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group) group.push(value);
    else groups.set(keyOf(value), [value]);
  }
  return [...groups.values()];
}
