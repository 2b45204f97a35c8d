import type { ScalarType } from '../../../runtime/wgsl/layout';
import { KernelError } from './errors';

export type Fill =
  | { readonly kind: 'randn' | 'rand' | 'zeros' | 'ones' | 'arange' }
  | { readonly kind: 'const'; readonly value: number }
  | { readonly kind: 'file'; readonly path: string };

/** `--bind name=f32[64,128]:randn`; what is left out follows from the shader. */
export interface BindSpec {
  readonly name: string;
  readonly type?: ScalarType;
  readonly shape?: readonly number[];
  readonly fill?: Fill;
}

/** `--uniform params=u32:1,2,f32:0.5` or `--uniform params.count=7`. */
export interface UniformSpec {
  readonly block: string;
  /** Path of the member or word in the block; undefined means all words from the first on. */
  readonly member?: string;
  readonly values: readonly { readonly value: number; readonly type?: ScalarType }[];
}

const BIND = /^(f32|i32|u32|f16)?(?:\[([^\]]*)\])?(?::?(.+))?$/;
const FILLS = ['randn', 'rand', 'zeros', 'ones', 'arange'] as const;

/** @throws KernelError as all functions of this file do on what they cannot read */
export function parseBind(text: string): BindSpec {
  const { name, value } = assignment('--bind', text, 'x=f32[64,128]:randn');
  const [matched, type, dims, fill] = BIND.exec(value) ?? [];
  if (matched === undefined) throw misread('--bind', text, 'x=f32[64,128]:randn');
  return {
    name,
    ...(type && { type: type as ScalarType }),
    ...(dims !== undefined && { shape: parseShape(dims, text) }),
    ...(fill && { fill: parseFill(fill, text) }),
  };
}

export function parseUniform(text: string): UniformSpec {
  const form = 'params=u32:64,128,f32:0.5 or params.count=64';
  const { name, value } = assignment('--uniform', text, form, /^(\w+)((?:\.\w+|\[\d+\])*)$/);
  const [, block, path] = /^(\w+)\.?(.*)$/.exec(name) ?? [];
  let type: ScalarType | undefined;
  const values = value.split(',').map((part) => {
    const [, prefix, number] = /^\s*(?:(f32|i32|u32|f16):)?\s*(\S+)\s*$/.exec(part) ?? [];
    if (number === undefined) throw misread('--uniform', text, form);
    type = (prefix as ScalarType | undefined) ?? type;
    return { value: parseNumber(number, '--uniform', text), ...(type && { type }) };
  });
  return { block, ...(path && { member: path }), values };
}

/** `NAME=V` of --set. */
export function parseSetting(text: string): { name: string; value: number } {
  const { name, value } = assignment('--set', text, 'TILE=16');
  return { name, value: parseNumber(value, '--set', text) };
}

/** `NAME=32,64,128` of --sweep. */
export function parseSweep(text: string): { name: string; values: readonly number[] } {
  const { name, value } = assignment('--sweep', text, 'TILE=8,16,32');
  return { name, values: [...new Set(value.split(',').map((part) => parseNumber(part, '--sweep', text)))] };
}

/** `X[,Y[,Z]]` of --groups and --threads. */
export function parseDims(option: string, text: string): readonly number[] {
  const dims = text.split(',').map((part) => parseNumber(part, option, text));
  if (dims.length > 3 || !dims.every((dim) => Number.isSafeInteger(dim) && dim >= 1))
    throw misread(option, text, '1024 or 64,32 or 16,16,4, whole numbers from 1');
  return dims;
}

/** `name[:count]` of --print. */
export function parsePrint(text: string): { name: string; count: number } {
  const [, name, count] = /^(\w+)(?::(\d+))?$/.exec(text) ?? [];
  if (name === undefined) throw misread('--print', text, 'out or out:100');
  return { name, count: count === undefined ? 16 : Number(count) };
}

/** `name=FILE` of --save and --expect. */
export function parseFile(option: string, text: string): { name: string; path: string } {
  const { name, value } = assignment(option, text, 'out=out.npy');
  if (value === '') throw misread(option, text, 'out=out.npy');
  return { name, path: value };
}

function assignment(option: string, text: string, form: string, names = /^\w+$/) {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  if (!names.test(name) || (at < 0 && option !== '--bind')) throw misread(option, text, form);
  return { name, value: at < 0 ? '' : text.slice(at + 1) };
}

function parseShape(dims: string, text: string): number[] {
  const shape = dims.split(',').map((part) => parseNumber(part, '--bind', text));
  if (shape.every((dim) => Number.isSafeInteger(dim) && dim >= 1)) return shape;
  throw misread('--bind', text, 'x=f32[64,128], each length from 1');
}

function parseFill(fill: string, text: string): Fill {
  const plain = FILLS.find((name) => name === fill);
  if (plain) return { kind: plain };
  const [, kind, rest] = /^(const|file):(.+)$/.exec(fill) ?? [];
  if (kind === 'const') return { kind, value: parseNumber(rest, '--bind', text) };
  if (kind === 'file') return { kind, path: rest };
  throw misread('--bind', text, `x=f32[64]:FILL, where FILL is ${FILLS.join(', ')}, const:3.5 or file:PATH`);
}

/** Numbers as JavaScript writes them, and inf and nan with a sign or without. */
function parseNumber(text: string, option: string, whole: string): number {
  const [, sign, special] = /^([-+]?)(inf|nan)$/i.exec(text.trim()) ?? [];
  if (special) {
    const size = special.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY;
    return sign === '-' ? -size : size;
  }
  if (text.trim() === 'true' || text.trim() === 'false') return Number(text.trim() === 'true');
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw misread(option, whole, `numbers; '${text}' is none`);
  return value;
}

const misread = (option: string, text: string, form: string) =>
  new KernelError(`cannot read ${option} ${text}: expected ${form}`);
