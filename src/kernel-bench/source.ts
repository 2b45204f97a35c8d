import { expandAllImports } from '../../runtime/wgsl/all-imports';
import { unrollLoops } from '../../runtime/wgsl/unroll';
import { KernelError } from './errors';

/** A shader with its imports. */
export interface ShaderSource {
  /** Its path, for messages. */
  readonly file: string;
  /** Imports expanded, loops as they stand: what is compiled first, so that errors have lines of the file. */
  readonly code: string;
  /** For each line of `code` where it comes from, from 1. */
  readonly origins: readonly Origin[];
  /** The texts by file; those of snippets that taskgrad brings along by 'snippet NAME'. */
  readonly texts: ReadonlyMap<string, string>;
  /** The files read, the shader's own first. */
  readonly files: readonly string[];
}

/** Where a line comes from. */
export interface Origin {
  /** The file, or 'snippet NAME'. */
  readonly file: string;
  /** Its line there, from 1. */
  readonly line: number;
}

/** What a `//#import` line stands for. */
export interface Imported {
  readonly text: string;
  /** Undefined if taskgrad brings it along. */
  readonly file?: string;
}

/** What errors call a shader that was read from no file. */
const NO_FILE = 'given as text';

/** A shader that is no file; it may import snippets of taskgrad. @throws KernelError on any other import */
export async function shaderOf(text: string): Promise<ShaderSource> {
  const find = (name: string, line: number) => snippet(name, `${NO_FILE}:${line}`);
  return { ...(await expanded(text.replaceAll('\r\n', '\n'), NO_FILE, find)), files: [] };
}

/** Puts what `//#import name` lines stand for in their places. `find` is asked with the line's number, from 1. */
export async function expanded(
  text: string,
  file: string,
  find: (name: string, line: number) => Imported | Promise<Imported>,
): Promise<ShaderSource> {
  const files = [file];
  const texts = new Map([[file, text]]);
  const lines: string[] = [];
  const origins: Origin[] = [];
  const add = (text: string, from: string, first = 1) => {
    for (const [i, line] of text.split('\n').entries()) {
      lines.push(line);
      origins.push({ file: from, line: first + i });
    }
  };
  for (const [i, line] of text.split('\n').entries()) {
    const name = /^\/\/#import (\w+)$/.exec(line.trimEnd())?.[1];
    if (name === undefined) {
      add(line, file, i + 1);
      continue;
    }
    const imported = await find(name, i + 1);
    const place = imported.file ?? `snippet ${name}`;
    if (imported.file !== undefined) files.push(imported.file);
    texts.set(place, imported.text);
    add(imported.text, place);
  }
  return { file, code: lines.join('\n'), origins, texts, files };
}

/**
 * A snippet that taskgrad brings along.
 * @param importer where it is imported, as in 'saxpy.wgsl:3'
 * @param places where else it was looked for
 * @throws KernelError if there is none of the name
 */
export function snippet(name: string, importer: string, places: readonly string[] = []): Imported {
  try {
    return { text: expandAllImports(`//#import ${name}`) };
  } catch (cause) {
    const is = places.length === 0 ? 'no' : `neither ${places.join(' nor ')} nor a`;
    throw new KernelError(`${importer} imports '${name}', which is ${is} snippet of taskgrad`, { cause });
  }
}

/** The code as the engine compiles it, with its marked loops written out. */
export const asCompiled = (code: string): string => unrollLoops(code);

/**
 * Gives module-scope constants other values, as --set does with overrides: `const TILE = 16u;`.
 * A value is written as the constant's own was, so that its type stays.
 */
export function setConstants(code: string, values: ReadonlyMap<string, number>): string {
  let changed = code;
  for (const [name, value] of values) {
    const declaration = new RegExp(`^([ \\t]*const ${name}\\b[^=;\\n]*=)\\s*([^;\\n]+);`, 'm');
    changed = changed.replace(declaration, (_, head: string, before: string) => {
      const suffix = /^[-\d.x]+[\da-fA-Fe+-]*?([iufh])$/.exec(before.trim())?.[1] ?? '';
      const isBool = /^(true|false)$/.test(before.trim());
      const point = before.includes('.') && Number.isInteger(value) && suffix === '' ? '.0' : '';
      return `${head} ${isBool ? value !== 0 : `${value}${point}${suffix}`};`;
    });
  }
  return changed;
}
