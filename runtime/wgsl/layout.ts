import { WgslError } from '../errors';
import { splitTopLevel } from './lexing';
import type { WgslModule } from './scan';

/** What buffers are made of. */
export type ScalarType = 'f32' | 'i32' | 'u32' | 'f16';

/** A scalar in a type: where it lies, in bytes, and what it is called, as in 'lengths[1]' or 'origin.x'. */
export interface ScalarPlace {
  /** Its name. */
  readonly path: string;
  /** Where it begins. */
  readonly offset: number;
  /** What it is. */
  readonly type: ScalarType;
}

/** How WGSL lays a type out in memory (WGSL specification, section Memory Layout). */
export interface MemoryLayout {
  /** Bytes; of a type that ends in a runtime-sized array, those before its elements. */
  readonly size: number;
  readonly align: number;
  /** All it holds, in order; not those of a runtime-sized array. */
  readonly scalars: readonly ScalarPlace[];
  /** The runtime-sized array it is or ends in. */
  readonly elements?: { readonly stride: number; readonly scalar: ScalarType };
}

const BYTES: Readonly<Record<ScalarType, number>> = { f32: 4, i32: 4, u32: 4, f16: 2 };
export const bytesOf = (type: ScalarType): number => BYTES[type];

const SHORT: Readonly<Record<string, ScalarType>> = { f: 'f32', i: 'i32', u: 'u32', h: 'f16' };
const COORDINATES = 'xyzw';

export const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/**
 * @param evaluate gives the value of a constant expression, as an array's length is
 * @throws WgslError on a type that buffers cannot hold, or that the module does not declare
 */
export function layoutOf(type: string, module: WgslModule, evaluate: (text: string) => number): MemoryLayout {
  const inner = (text: string) => layoutOf(text, module, evaluate);
  if (type in BYTES) return scalarLayout(type as ScalarType);
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
  if (!members)
    throw new WgslError(`'${type}' is no type that buffers hold, nor one that the shader declares`);
  let [size, align] = [0, 1];
  let elements: MemoryLayout['elements'];
  const scalars: ScalarPlace[] = [];
  for (const member of members) {
    const layout = inner(member.type);
    const memberAlign = member.align === undefined ? layout.align : evaluate(member.align);
    const start = roundUp(size, memberAlign);
    for (const place of layout.scalars)
      scalars.push({ ...place, path: joined(member.name, place.path), offset: start + place.offset });
    size = start + (member.size === undefined ? layout.size : evaluate(member.size));
    align = Math.max(align, memberAlign);
    elements = layout.elements;
  }
  return { size: elements ? size : roundUp(size, align), align, scalars, elements };
}

function scalarLayout(type: ScalarType): MemoryLayout {
  return { size: BYTES[type], align: BYTES[type], scalars: [{ path: '', offset: 0, type }] };
}

function vectorLayout(scalar: MemoryLayout, length: number): MemoryLayout {
  const scalars = Array.from({ length }, (_, i) =>
    scalar.scalars.map((place) => ({ ...place, path: COORDINATES[i], offset: i * scalar.size })),
  );
  return { size: length * scalar.size, align: (length === 2 ? 2 : 4) * scalar.size, scalars: scalars.flat() };
}

function arrayLayout(element: MemoryLayout, length: number | undefined): MemoryLayout {
  const stride = roundUp(element.size, element.align);
  const { align } = element;
  if (length === undefined) {
    const scalar = element.scalars[0]?.type ?? 'u32';
    return { size: 0, align, scalars: [], elements: { stride, scalar } };
  }
  const scalars = Array.from({ length }, (_, i) =>
    element.scalars.map((place) => ({
      ...place,
      path: joined(`[${i}]`, place.path),
      offset: i * stride + place.offset,
    })),
  );
  return { size: length * stride, align, scalars: scalars.flat() };
}

/** 'lengths' and '[1].x' as 'lengths[1].x', 'origin' and 'x' as 'origin.x'. */
const joined = (name: string, path: string) =>
  path === '' || path.startsWith('[') ? `${name}${path}` : `${name}.${path}`;
