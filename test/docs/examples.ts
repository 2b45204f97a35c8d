import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blocksOf } from '../fences';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = ['runtime', 'src'];
const DOCSTRING = /\/\*\*.*?\*\//gs;
/** The word that a declaration declares. */
const DECLARED =
  /^\s*(?:export |declare |abstract |async |override |static |readonly |get )*(?:(?:const|function\*?|class|interface|type|namespace) )?(\w+)/;

/** A block of TypeScript in a docstring. */
export interface Example {
  /** As in 'src/ops/softmax.ts:70 softmax'. */
  readonly title: string;
  readonly text: string;
}

/** All examples of the sources, with the names that they stand beside. */
export function examples(): Example[] {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`),
  );
  return files.sort().flatMap((file) => examplesIn(file, readFileSync(join(ROOT, file), 'utf8')));
}

/** The examples of one file's text. */
export function examplesIn(file: string, text: string): Example[] {
  return [...text.matchAll(DOCSTRING)].flatMap(({ 0: comment, index }) => {
    const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
    const first = text.slice(0, index).split('\n').length;
    const [, name = ''] = DECLARED.exec(text.slice(index + comment.length)) ?? [];
    return blocksOf(lines)
      .filter(({ language }) => language === 'ts')
      .map((block) => ({ title: `${file}:${first + block.line - 1} ${name}`, text: block.text }));
  });
}

/** The example as a program that compiles by itself: with all that examples take for granted. */
export function asProgram({ text }: Example, names: readonly string[]): string {
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  return `import { ${used.join(', ')} } from 'taskgrad';
declare const gpu: import('taskgrad').Gpu;
{
${text}}
export {};
`;
}
