import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { TaskgradError } from '../../runtime/errors';
import { readJson, writeFileAtomic } from '../data/files.node';
import type { Dataset } from '../data/images';
import { type Settings, settingsSchema } from './presets';
import type { Datasets } from './sets';

const STATE = 'state';
const PREVIOUS = 'state.previous';
const fingerprintSchema = z.strictObject({ name: z.string(), sha256: z.string() });
/** By the key of the data sets' sources. */
const dataSchema = z.record(z.string(), fingerprintSchema);

/** What a run begins with; a resumed one has to begin with the same. */
export interface Beginning {
  readonly settings: Settings;
  readonly datasets: Datasets;
}

/** Where a run in the folder `out` keeps its state. */
export const stateIn =
  (out: string) =>
  (...path: string[]): string =>
    join(out, STATE, ...path);

/** Whether there is a run to go on with. */
export const hasRun = (out: string): boolean => existsSync(stateIn(out)('settings.json'));

/** @throws TaskgradError `OTHER_RUN` if the run in the folder began with other settings; DataError on a broken file */
export async function checkSettings(out: string, settings: Settings): Promise<void> {
  const kept = await readJson(stateIn(out)('settings.json'), settingsSchema);
  const difference = firstDifference(kept, settings);
  if (difference) throw otherRun(out, difference, 'the same settings');
}

/** @throws TaskgradError `OTHER_RUN` if the run in the folder began with other images; DataError on a broken file */
export async function checkData(out: string, datasets: Datasets): Promise<void> {
  const kept = await keptData(out);
  for (const [key, dataset] of datasets) {
    if (!Object.hasOwn(kept, key)) continue;
    const difference = firstDifference(kept[key], fingerprint(dataset));
    if (difference) throw otherRun(out, `${key} data of ${difference}`, 'the same --data');
  }
}

/** Writes down data sets that a resumed run has come to use, beside those it began with. */
export async function addData(out: string, datasets: Datasets): Promise<void> {
  const kept = await keptData(out);
  if ([...datasets.keys()].every((key) => Object.hasOwn(kept, key))) return;
  await writeFileAtomic(
    stateIn(out)('data.json'),
    JSON.stringify({ ...kept, ...fingerprints(datasets) }, null, 2),
  );
}

async function keptData(out: string): Promise<z.infer<typeof dataSchema>> {
  const file = stateIn(out)('data.json');
  return existsSync(file) ? readJson(file, dataSchema) : {};
}

/**
 * Begins a run's state. An earlier run is put aside and not destroyed: --resume may have been forgotten.
 * @returns where the earlier state lies now, if there was one
 */
export async function beginState(
  out: string,
  { settings, datasets }: Beginning,
): Promise<string | undefined> {
  const state = stateIn(out);
  const aside = join(out, PREVIOUS);
  const hasEarlier = existsSync(state());
  if (hasEarlier) {
    await rm(aside, { recursive: true, force: true });
    await rename(state(), aside);
  }
  await writeFileAtomic(state('data.json'), JSON.stringify(fingerprints(datasets), null, 2));
  await writeFileAtomic(state('settings.json'), JSON.stringify(settings, null, 2));
  return hasEarlier ? aside : undefined;
}

const fingerprints = (datasets: Datasets): z.infer<typeof dataSchema> =>
  Object.fromEntries([...datasets].map(([key, dataset]) => [key, fingerprint(dataset)]));

function fingerprint({ name, train, test }: Dataset): z.infer<typeof fingerprintSchema> {
  const hash = createHash('sha256');
  for (const { images, labels } of [train, test]) hash.update(images).update(labels);
  return { name, sha256: hash.digest('hex') };
}

function otherRun(out: string, difference: string, same: string): TaskgradError {
  const advice = `resume with ${same}, or choose another --out`;
  return new TaskgradError('OTHER_RUN', `${out} holds a run that began with ${difference}; ${advice}`);
}

/** The first place where plain data differs, as in 'training.epochs 2, not 3'. */
function firstDifference(was: unknown, is: unknown, path: readonly string[] = []): string | undefined {
  if (isDeepStrictEqual(was, is)) return undefined;
  if (!isRecord(was) || !isRecord(is)) {
    return `${path.join('.')} ${JSON.stringify(was)}, not ${JSON.stringify(is)}`;
  }
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const differences = keys.map((key) => firstDifference(was[key], is[key], [...path, key]));
  return differences.find((difference) => difference !== undefined);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
