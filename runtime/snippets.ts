import epilogue from '../shaders/snippets/epilogue.wgsl';
import index from '../shaders/snippets/index.wgsl';
import math from '../shaders/snippets/math.wgsl';
import moments from '../shaders/snippets/moments.wgsl';
import nan from '../shaders/snippets/nan.wgsl';
import philox from '../shaders/snippets/philox.wgsl';
import product from '../shaders/snippets/product.wgsl';
import statistics from '../shaders/snippets/statistics.wgsl';
import strip from '../shaders/snippets/strip.wgsl';

const SNIPPETS: Readonly<Record<string, string>> = {
  ...{ epilogue, index, math, moments, nan, philox, product, statistics, strip },
};

/** Replaces each line `//#import name` by the snippet of that name in shaders/snippets. */
export function expandImports(source: string): string {
  return source.replace(/^\/\/#import (\w+)$/gm, (_, name: string) => {
    const snippet = SNIPPETS[name];
    if (snippet === undefined) throw new Error(`shader imports unknown snippet '${name}'`);
    return snippet;
  });
}

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
