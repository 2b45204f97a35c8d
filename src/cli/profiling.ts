import { join } from 'node:path';
import { chromeTrace } from '../../runtime/chrome-trace';
import { type Grouping, type Limits, type Profile, summarize } from '../../runtime/profile';
import { takeProfile } from '../../runtime/take-profile';
import { writeFileAtomic } from '../data/files.node';
import { flameGraph } from '../report/flame';
import { writeProfile } from '../report/profile-file.node';
import { profileSummary, profileTable } from '../report/profile-table';
import { tableText } from '../report/table';
import type { Gpu } from '../tensor/gpu';
import type { Reporter } from './progress';

/** Rows of a table in the terminal; the files hold all. */
export const MOST_ROWS = 20;

/** Where parts of a profile are to be written. */
export interface ProfileFiles {
  readonly trace?: string;
  readonly json?: string;
  readonly flame?: string;
}

/** Prints a profile's table and what it was measured with. */
export function sayProfile(
  { say }: Pick<Reporter, 'say'>,
  profile: Profile,
  limits: Limits,
  by: Grouping,
): void {
  const rows = summarize(profile, by, limits);
  say(tableText(profileTable(rows, by, MOST_ROWS)), { event: 'profile', by, rows });
  for (const line of profileSummary(profile, limits)) say(line);
}

/** @throws OutputError */
export async function writeProfileFiles(
  { say }: Pick<Reporter, 'say'>,
  profile: Profile,
  limits: Limits,
  { trace, json, flame }: ProfileFiles,
): Promise<void> {
  if (trace) {
    await writeFileAtomic(trace, JSON.stringify(chromeTrace(profile)));
    say(`trace: ${trace} (open it in https://ui.perfetto.dev)`);
  }
  if (json) {
    await writeProfile(json, profile, limits);
    say(`profile: ${json}`);
  }
  if (flame) {
    await writeFileAtomic(flame, flameGraph(profile));
    say(`flame graph: ${flame}`);
  }
}

/** Runs an experiment under the profiler, then prints its table and writes its files into a folder of the run. */
export async function profiled(
  reporter: Pick<Reporter, 'say'>,
  gpu: Gpu,
  out: string,
  work: () => Promise<void>,
): Promise<void> {
  const { profile } = await takeProfile(gpu.runtime, work);
  const limits = await gpu.limits();
  sayProfile(reporter, profile, limits, 'kernel');
  const file = (name: string) => join(out, 'profile', name);
  await writeProfileFiles(reporter, profile, limits, {
    trace: file('trace.json'),
    json: file('profile.json'),
    flame: file('flame.svg'),
  });
}
