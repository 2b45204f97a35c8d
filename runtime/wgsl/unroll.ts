const UNROLLED = /^( *)for \(var (\w+) = (\d+)u; \2 < (\w+); \2\+\+\) \{ \/\/#unroll$/;

/**
 * Writes out each loop of constant length whose head ends in `//#unroll`, a copy of its body a turn with the counter
 * as a constant. Some adapters keep arrays in registers only where every index is a constant.
 */
export function unrollLoops(source: string): string {
  const lines = source.split('\n');
  const head = lines.findIndex((line) => UNROLLED.test(line));
  if (head < 0) return source;
  const [, indent, counter, from, bound] = UNROLLED.exec(lines[head]) ?? [];
  const length = lines.slice(head).indexOf(`${indent}}`);
  const to = Number(
    /^\d+u$/.test(bound)
      ? bound.slice(0, -1)
      : new RegExp(`^const ${bound} = (\\d+)u;`, 'm').exec(source)?.[1],
  );
  if (length < 0 || Number.isNaN(to))
    throw new Error(`shader: the loop '${lines[head].trim()}' cannot be unrolled`);
  const body = lines.slice(head + 1, head + length);
  const copies = Array.from({ length: Math.max(0, to - Number(from)) }, (_, turn) => [
    `${indent}{`,
    `${indent}  const ${counter} = ${Number(from) + turn}u;`,
    ...body,
    `${indent}}`,
  ]);
  return unrollLoops(
    [...lines.slice(0, head), ...copies.flat(), ...lines.slice(head + length + 1)].join('\n'),
  );
}
