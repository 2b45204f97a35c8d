import { Tensor } from '../tensor/tensor';

/** A tensor, or a module, that was found in a field. */
type Found<Kind> = readonly [name: string, value: Kind];

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** What a value holds by name: fields of plain objects, places of arrays, keys of maps; undefined if it is no container. */
function entriesOf(value: unknown): Iterable<readonly [unknown, unknown]> | undefined {
  if (Array.isArray(value)) return value.entries();
  if (value instanceof Map) return value;
  return typeof value === 'object' && value !== null && isPlain(value) ? Object.entries(value) : undefined;
}

/**
 * All values of a kind among the fields of an object, also in arrays, maps and plain objects there, with dotted names as
 * PyTorch has for lists of modules: field `layers` with two of them gives 'layers.0' and 'layers.1'.
 */
export function* contentsOf<Kind>(
  fields: object,
  isWanted: (value: unknown) => value is Kind,
): Generator<Found<Kind>> {
  const open = new Set<unknown>(); // a container may hold itself
  function* walk(name: string, value: unknown): Generator<Found<Kind>> {
    if (isWanted(value)) yield [name, value];
    if (value instanceof Tensor || open.has(value)) return;
    const entries = entriesOf(value);
    if (!entries) return;
    open.add(value);
    for (const [key, item] of entries) yield* walk(`${name}.${String(key)}`, item);
    open.delete(value);
  }
  for (const [name, value] of Object.entries(fields)) yield* walk(name, value);
}
