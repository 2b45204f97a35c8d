import { z } from 'zod';
import { GROUPINGS, type Limits, type Profile, summarize } from '../../runtime/profile';
import { readJson, writeFileAtomic } from '../data/files.node';

const callsSchema = z.object({
  kernel: z.string(),
  variant: z.string(),
  phase: z.enum(['forward', 'backward', 'fisher', 'optimiser', 'data', 'other']),
  op: z.string(),
  layer: z.string(),
  shape: z.string(),
  calls: z.number().int().positive(),
  seconds: z.number().nonnegative(),
  shortest: z.number().nonnegative(),
  longest: z.number().nonnegative(),
  flops: z.number().optional(),
  bytes: z.number().nonnegative(),
});

const limitsSchema = z.object({
  flopsPerSecond: z.number().positive(),
  bytesPerSecond: z.number().positive(),
  launchSeconds: z.number().nonnegative(),
});

const fileSchema = z.object({
  adapter: z.object({ kind: z.string(), description: z.string(), software: z.boolean() }),
  source: z.enum(['timestamp-query', 'wall-clock']),
  wallSeconds: z.number(),
  gpuSeconds: z.number(),
  dispatches: z.number(),
  submits: z.number(),
  readbacks: z.number(),
  kernels: z.array(callsSchema),
  limits: limitsSchema.optional(),
});

/** What a profile's JSON file holds: all but the spans, which are the trace's. */
export type ProfileFile = z.infer<typeof fileSchema>;

/** Writes a profile for scripts, with its rows by kernel, op, layer, phase and shape. @throws OutputError */
export async function writeProfile(path: string, profile: Profile, limits?: Limits): Promise<void> {
  const { gpu, cpu, droppedSpans, ...facts } = profile;
  const rows = Object.fromEntries(GROUPINGS.map((by) => [by, summarize(profile, by, limits)]));
  await writeFileAtomic(path, `${JSON.stringify({ ...facts, limits, rows }, null, 2)}\n`);
}

/** @throws DataError if the file is missing, no JSON, or not a profile */
export function readProfile(path: string): Promise<ProfileFile> {
  return readJson(path, fileSchema);
}
