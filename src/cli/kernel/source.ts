import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { expandImports } from '../../../runtime/wgsl/imports';
import { unrollLoops } from '../../../runtime/wgsl/unroll';
import { KernelError } from './errors';

/** A shader file with its imports. */
export interface ShaderSource {
  readonly file: string;
  /** Imports expanded, loops as they stand: what is compiled first, so that errors have lines of the file. */
  readonly code: string;
  /** For each line of `code` where it comes from, from 1. */
  readonly origins: readonly Origin[];
  /** The texts by file; those of snippets that taskgrad brings along by 'snippet NAME'. */
  readonly texts: ReadonlyMap<string, string>;
  /** The files read: what --watch looks at. */
  readonly files: readonly string[];
  /** What stands after `//#bench`: options that the file brings along. */
  readonly bench: readonly string[];
}

export interface Origin {
  readonly file: string;
  readonly line: number;
}

/**
 * Reads a WGSL file and expands its `//#import name` lines: from name.wgsl beside it or in snippets/ there, else
 * from the snippets that taskgrad brings along.
 * @throws KernelError if the file or a snippet is missing
 */
export async function readShader(file: string): Promise<ShaderSource> {
  const text = await read(file);
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
    const snippet = candidates(file, name).find((path) => existsSync(path));
    const place = snippet ?? `snippet ${name}`;
    const imported = snippet ? await read(snippet) : broughtAlong(name, file, i + 1);
    if (snippet) files.push(snippet);
    texts.set(place, imported);
    add(imported, place);
  }
  return { file, code: lines.join('\n'), origins, texts, files, bench: benchLines(text) };
}

/** The code as the engine compiles it, with its marked loops written out. */
export const asRun = (code: string): string => unrollLoops(code);

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

const candidates = (file: string, name: string) => [
  join(dirname(file), `${name}.wgsl`),
  join(dirname(file), 'snippets', `${name}.wgsl`),
];

function broughtAlong(name: string, file: string, line: number): string {
  try {
    return expandImports(`//#import ${name}`);
  } catch (cause) {
    const places = candidates(file, name).map((path) => relative('', path));
    const message = `${file}:${line} imports '${name}', which is neither ${places.join(' nor ')} nor a snippet of taskgrad`;
    throw new KernelError(message, { cause });
  }
}

async function read(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replaceAll('\r\n', '\n');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const why = code === 'ENOENT' ? 'there is no such file' : code;
    throw new KernelError(`cannot read ${file}: ${why}`, { cause });
  }
}

/** Words of the `//#bench` lines, cut at spaces that stand in no quotes. */
function benchLines(text: string): string[] {
  const lines = [...text.matchAll(/^\/\/#bench (.*)$/gm)].map(([, line]) => line);
  return lines.flatMap((line) =>
    [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
      ([, single, double, bare]) => single ?? double ?? bare,
    ),
  );
}
