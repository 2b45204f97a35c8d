import type { ScalarType } from '../../../runtime/wgsl/layout';
import { FILLS, type FillName } from '../../kernel-bench/array';
import { KernelError } from '../../kernel-bench/errors';
import type { UniformNumber } from '../../kernel-bench/options';

/** `--bind name=f32[64,128]:randn`; what is left out follows from the shader. */
export interface BindOption {
  readonly name: string;
  readonly type?: ScalarType;
  readonly shape?: readonly number[];
  readonly fill?: FillName | number | { readonly file: string };
}

/** `--uniform params=u32:1,2,f32:0.5` or `--uniform params.count=7`. */
export interface UniformOption {
  /** The block, or a path in it. */
  readonly path: string;
  readonly values: readonly UniformNumber[];
}

const BIND = /^(f32|i32|u32|f16)?(?:\[([^\]]*)\])?(?::?(.+))?$/;

/** @throws KernelError as all functions of this file do on what they cannot read */
export function parseBind(text: string): BindOption {
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

export function parseUniform(text: string): UniformOption {
  const form = 'params=u32:64,128,f32:0.5 or params.count=64';
  const { name, value } = assignment('--uniform', text, form, /^\w+(?:\.\w+|\[\d+\])*$/);
  let type: ScalarType | undefined;
  const values = value.split(',').map((part) => {
    const [, prefix, number] = /^\s*(?:(f32|i32|u32|f16):)?\s*(\S+)\s*$/.exec(part) ?? [];
    if (number === undefined) throw misread('--uniform', text, form);
    type = (prefix as ScalarType | undefined) ?? type;
    const parsed = parseNumber(number, '--uniform', text);
    return type === undefined ? parsed : { [type]: parsed };
  });
  return { path: name, values };
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

function parseFill(fill: string, text: string): BindOption['fill'] {
  const plain = FILLS.find((name) => name === fill);
  if (plain) return plain;
  const [, kind, rest] = /^(const|file):(.+)$/.exec(fill) ?? [];
  if (kind === 'const') return parseNumber(rest, '--bind', text);
  if (kind === 'file') return { file: rest };
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
