import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../data/files.node';
import type { Experiment } from '../experiment/plans/experiment.node';
import { settingsSchema } from '../experiment/settings/presets';

/** What a run was made of: its settings, its data, and the keys of its artefacts. */
export const JOBS_FILE = 'jobs.json';

const jobsSchema = z.strictObject({
  /** Where the artefacts are, as `--store` takes it. */
  store: z.string(),
  settings: settingsSchema,
  /** SHA-256 of the data sets, by their names. */
  data: z.record(z.string(), z.string()),
  jobs: z.array(
    z.strictObject({ key: z.string(), kind: z.string(), label: z.string(), seconds: z.number() }),
  ),
});
export type JobsFile = z.infer<typeof jobsSchema>;

export function jobsText({ settings, datasets, sets, ledger }: Experiment, store: string): string {
  const data = [...datasets].map(([key, { name }]) => [name, sets.get(key)?.sha256]);
  const content = { store, settings, data: Object.fromEntries(data), jobs: ledger.entries };
  return `${JSON.stringify(content, null, 1)}\n`;
}

/** @throws DataError if the folder has no such file, or another one of that name */
export const readJobs = (run: string): Promise<JobsFile> => readJson(join(run, JOBS_FILE), jobsSchema);
