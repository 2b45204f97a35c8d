import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { readJson, writeFileAtomic } from '../data/files.node';
import type { Figure } from './figure';

/** What stands in a folder under a name: NAME.json, its page NAME.html, and every picture as an SVG of its own. */
export interface Findings {
  readonly name: string;
  readonly found: unknown;
  readonly figures: readonly Figure[];
  readonly page: string;
}

/** Writes findings into a folder. @returns the names of the files */
export async function writeFindings(
  dir: string,
  { name, found, figures, page }: Findings,
): Promise<string[]> {
  const files: [name: string, content: string][] = [
    [`${name}.json`, `${JSON.stringify(found, null, 2)}\n`],
    ...figures.map(({ name, svg }): [string, string] => [`${name}.svg`, `${svg}\n`]),
    [`${name}.html`, page],
  ];
  for (const [file, content] of files) await writeFileAtomic(join(dir, file), content);
  return files.map(([file]) => file);
}

/** The findings in a folder, or null if there are none. @throws DataError if they are of another form */
export async function readFindings<T>(dir: string, name: string, schema: z.ZodType<T>): Promise<T | null> {
  const path = join(dir, `${name}.json`);
  return existsSync(path) ? readJson(path, schema) : null;
}
