import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { z } from 'zod';
import type { AdapterFacts } from '../../runtime/adapter-facts';
import type { Choices, Tuning } from '../tensor/variants';
import { VERSION } from '../version';
import { writeFileAtomic } from './files.node';

const schema = z.object({
  adapter: z.string(),
  version: z.string(),
  choices: z.record(z.string(), z.string()),
});

/** Where the choices measured on an adapter are kept: a file for each, in the user's cache. */
export function tunedPath({ description }: AdapterFacts): string {
  const name = createHash('sha256').update(description).digest('hex').slice(0, 16);
  return join(envPaths('taskgrad', { suffix: '' }).cache, `tuned-${name}.json`);
}

/** Whether kernels are measured by the first use of a shape: on real GPUs, if TASKGRAD_TUNE does not say otherwise. */
export function isTunedByUse({ software }: AdapterFacts): boolean {
  const { TASKGRAD_TUNE: asked } = process.env;
  return asked === 'on' || (asked !== 'off' && !software);
}

/** What was measured on an adapter by this version; nothing with TASKGRAD_TUNE=off, or if the file is not whole. */
export async function readTuned(adapter: AdapterFacts): Promise<Choices> {
  if (process.env.TASKGRAD_TUNE === 'off') return {};
  try {
    const file = schema.parse(JSON.parse(await readFile(tunedPath(adapter), 'utf8')));
    return file.version === VERSION && file.adapter === adapter.description ? file.choices : {};
  } catch {
    return {}; // it is a cache: what cannot be read is measured again
  }
}

/** Keeps choices for later runs. @throws OutputError */
export async function writeTuned(adapter: AdapterFacts, choices: Choices): Promise<void> {
  const file = { adapter: adapter.description, version: VERSION, choices };
  await writeFileAtomic(tunedPath(adapter), `${JSON.stringify(file, null, 2)}\n`);
}

/** What was measured on an adapter, and how to keep what will be. */
export async function tuningOf(adapter: AdapterFacts): Promise<Tuning> {
  const choices = await readTuned(adapter);
  // Where the user's cache cannot be written, the next run measures again.
  const keep = (all: Choices) => writeTuned(adapter, all).catch(() => undefined);
  return isTunedByUse(adapter) ? { choices, keep } : { choices };
}
