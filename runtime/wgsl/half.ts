import type { Kernel } from '../kernel';
import { expandImports } from './imports';

/** By kernel, then by the bindings that hold f16. */
const widened = new WeakMap<Kernel, Map<string, Kernel>>();

/**
 * The kernel with some of the f32 buffers that it reads in f16 instead: every element is widened as it is read, and
 * all arithmetic stays f32.
 * @param bindings of read-only buffers of f32 or vec4<f32>
 */
export function readingHalf(kernel: Kernel, bindings: readonly number[]): Kernel {
  const known = widened.get(kernel) ?? new Map<string, Kernel>();
  widened.set(kernel, known);
  const key = bindings.join();
  const made = known.get(key) ?? {
    name: kernel.name,
    source: `enable f16;\n${bindings.reduce(widenReads, expandImports(kernel.source))}`,
  };
  known.set(key, made);
  return made;
}

function widenReads(source: string, binding: number): string {
  const declaration = new RegExp(
    `(@binding\\(${binding}\\) var<storage, read> (\\w+): array<)(vec4<f32>|f32)>`,
  );
  const [, , name, type] = declaration.exec(source) ?? [];
  if (!name) throw new Error(`binding ${binding} of a kernel is no read-only buffer of f32`);
  const half = type.replace('f32', 'f16');
  return wrapReads(source.replace(declaration, `$1${half}>`), name, type);
}

/** Each `name[...]` as `type(name[...])`, those within an index too. */
function wrapReads(source: string, name: string, type: string): string {
  const read = new RegExp(`\\b${name}\\[`, 'g');
  let wrapped = '';
  let from = 0;
  for (let match = read.exec(source); match; match = read.exec(source)) {
    const end = closingBracket(source, read.lastIndex);
    const index = wrapReads(source.slice(read.lastIndex, end), name, type);
    wrapped += `${source.slice(from, match.index)}${type}(${name}[${index}])`;
    from = end + 1;
    read.lastIndex = from;
  }
  return wrapped + source.slice(from);
}

function closingBracket(source: string, start: number): number {
  let depth = 1;
  let at = start;
  while (depth > 0 && at < source.length) {
    if (source[at] === '[') depth += 1;
    if (source[at] === ']') depth -= 1;
    at += 1;
  }
  return at - 1;
}
