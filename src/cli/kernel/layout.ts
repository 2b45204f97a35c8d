import { KernelError } from './errors';
import { splitTopLevel } from './lexing';
import type { WgslModule } from './scan';

/** What a word of a buffer is read as. */
export type Scalar = 'f32' | 'i32' | 'u32' | 'f16';

/** A scalar in a block: where it lies and what it is called, as in 'lengths[1]' or 'origin.x'. */
export interface Word {
  readonly path: string;
  readonly offset: number;
  readonly type: Scalar;
}

/** How WGSL lays a type out in memory (WGSL specification, section Memory Layout). */
export interface Layout {
  /** Bytes; of a type that ends in a runtime-sized array, those before its elements. */
  readonly size: number;
  readonly align: number;
  readonly words: readonly Word[];
  /** The runtime-sized array it is or ends in. */
  readonly elements?: { readonly stride: number; readonly scalar: Scalar };
}

const BYTES: Readonly<Record<Scalar, number>> = { f32: 4, i32: 4, u32: 4, f16: 2 };
export const bytesOf = (type: Scalar): number => BYTES[type];

const SHORT: Readonly<Record<string, Scalar>> = { f: 'f32', i: 'i32', u: 'u32', h: 'f16' };
const COORDINATES = 'xyzw';

export const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/**
 * @param evaluate gives the value of a constant expression, as an array's length is
 * @throws KernelError on a type that buffers cannot hold, or that the module does not declare
 */
export function layoutOf(type: string, module: WgslModule, evaluate: (text: string) => number): Layout {
  const inner = (text: string) => layoutOf(text, module, evaluate);
  if (type in BYTES) return scalarLayout(type as Scalar);
  const [, name = type, template] = /^(\w+)<(.*)>$/.exec(type) ?? [];
  const parts = splitTopLevel(template ?? '', '<>');
  if (name === 'atomic') return inner(parts[0] ?? '');
  if (name === 'array') {
    const element = inner(parts[0] ?? '');
    return arrayLayout(element, parts[1] === undefined ? undefined : evaluate(parts[1]));
  }
  const [, kind, first, second, short] = /^(vec|mat)([234])(?:x([234]))?([fiuh]?)$/.exec(name) ?? [];
  if (kind) {
    const scalar = inner(short ? SHORT[short] : (parts[0] ?? ''));
    if (kind === 'vec') return vectorLayout(scalar, Number(first));
    return arrayLayout(vectorLayout(scalar, Number(second)), Number(first));
  }
  const alias = module.aliases.get(type);
  if (alias !== undefined) return inner(alias);
  const members = module.structs.get(type);
  if (!members) throw new KernelError(`the bench does not know the type '${type}', which a buffer holds`);
  let [size, align] = [0, 1];
  let elements: Layout['elements'];
  const words: Word[] = [];
  for (const member of members) {
    const layout = inner(member.type);
    const memberAlign = member.align === undefined ? layout.align : evaluate(member.align);
    const start = roundUp(size, memberAlign);
    for (const word of layout.words)
      words.push({ ...word, path: joined(member.name, word.path), offset: start + word.offset });
    size = start + (member.size === undefined ? layout.size : evaluate(member.size));
    align = Math.max(align, memberAlign);
    elements = layout.elements;
  }
  return { size: elements ? size : roundUp(size, align), align, words, elements };
}

function scalarLayout(type: Scalar): Layout {
  return { size: BYTES[type], align: BYTES[type], words: [{ path: '', offset: 0, type }] };
}

function vectorLayout(scalar: Layout, length: number): Layout {
  const words = Array.from({ length }, (_, i) =>
    scalar.words.map((word) => ({ ...word, path: COORDINATES[i], offset: i * scalar.size })),
  );
  return { size: length * scalar.size, align: (length === 2 ? 2 : 4) * scalar.size, words: words.flat() };
}

function arrayLayout(element: Layout, length: number | undefined): Layout {
  const stride = roundUp(element.size, element.align);
  const { align } = element;
  if (length === undefined) {
    const scalar = element.words[0]?.type ?? 'u32';
    return { size: 0, align, words: [], elements: { stride, scalar } };
  }
  const words = Array.from({ length }, (_, i) =>
    element.words.map((word) => ({
      ...word,
      path: joined(`[${i}]`, word.path),
      offset: i * stride + word.offset,
    })),
  );
  return { size: length * stride, align, words: words.flat() };
}

/** 'lengths' and '[1].x' as 'lengths[1].x', 'origin' and 'x' as 'origin.x'. */
const joined = (name: string, path: string) =>
  path === '' || path.startsWith('[') ? `${name}${path}` : `${name}.${path}`;
