import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { TaskgradError } from '../../runtime/errors';
import { firstDifference } from '../data/difference.node';
import type { Dataset } from '../data/images';
import { readKept, writeKept } from '../data/kept.node';
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

/**
 * @returns whether the files of the run have checksums, which those of version 0.1 have not
 * @throws TaskgradError `OTHER_RUN` if the run in the folder began with other settings; DataError on a broken file
 */
export async function checkSettings(out: string, settings: Settings): Promise<boolean> {
  const { content, isChecked } = await readKept(stateIn(out)('settings.json'), settingsSchema);
  const difference = firstDifference(content, settings);
  if (difference) throw otherRun(out, difference, 'the same settings');
  return isChecked;
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
  await writeKept(stateIn(out)('data.json'), { ...kept, ...fingerprints(datasets) });
}

async function keptData(out: string): Promise<z.infer<typeof dataSchema>> {
  const file = stateIn(out)('data.json');
  return existsSync(file) ? (await readKept(file, dataSchema)).content : {};
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
  await writeKept(state('data.json'), fingerprints(datasets));
  await writeKept(state('settings.json'), settings);
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
