import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { ShaderCompileError, TaskgradError } from '../../../runtime/errors';
import { type Files, writeFiles } from '../../data/small-files';
import { casesOf, countText, type Effort, type Soak } from '../kind';
import { peakOf } from '../peak';
import { type Change, changes } from './damage';
import { READERS, type Reader } from './readers';

const CASES = 20_000;
const MB = 2 ** 20;
/** A reader may take so much memory beside the size of the file, and so long. */
const MOST_MEMORY = 64 * MB;
const MOST_MS = 10_000;
const MOST_MESSAGE = 500;
/** So many cases of a reader come one after the other. */
const TURN = 50;

/** Files that are damaged or made up, over every reader: it reads them, or says what is wrong in one line of its own. */
export const filesSoak: Soak = {
  name: 'files',
  does: `${countText(CASES)} damaged and made-up files over every reader: own errors only, ${MOST_MEMORY / MB} MB above the file's size`,
  async run(effort) {
    const each = Math.ceil(casesOf(CASES, effort) / READERS.length);
    const tally: Tally = { cases: 0, refused: 0, peak: 0, faults: [] };
    for (let first = 0; first < each && !effort.isOver(); first += TURN) {
      for (const reader of READERS) {
        if (!effort.isOver()) await turn(reader, first, Math.min(TURN, each - first), effort, tally);
      }
      effort.say(`${countText(tally.cases)} cases, ${tally.faults.length} faults`);
    }
    const { cases, refused, peak, faults } = tally;
    const figures = `${countText(cases)} of ${countText(each * READERS.length)} cases over ${READERS.length} readers, ${countText(refused)} refused, at most ${(peak / MB).toFixed(0)} MB above the file's size`;
    return { faults, figures };
  },
};

interface Tally {
  cases: number;
  refused: number;
  /** Bytes above the size of a file. */
  peak: number;
  readonly faults: string[];
}

interface Case {
  /** Which file of the reader's, as a share of their number. */
  readonly which: number;
  readonly change: Change;
}

async function turn(
  reader: Reader,
  first: number,
  count: number,
  effort: Effort,
  tally: Tally,
): Promise<void> {
  const whole = await reader.files();
  const folder = await mkdtemp(join(tmpdir(), 'taskgrad-files-'));
  const change = reader.made
    ? fc.oneof(
        changes,
        reader.made.map(
          (bytes): Change =>
            () =>
              bytes,
        ),
      )
    : changes;
  const which = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const seed = effort.seed + first;
  const cases: Case[] = fc.sample(fc.record({ which, change }), { seed, numRuns: count });
  try {
    await writeFiles(folder, whole);
    for (const [i, one] of cases.entries()) {
      await readOne(reader, folder, whole, one, `${reader.name}, seed ${seed}, case ${i}`, tally);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readOne(
  reader: Reader,
  folder: string,
  whole: Files,
  { which, change }: Case,
  label: string,
  tally: Tally,
): Promise<void> {
  const names = Object.keys(whole);
  const name = names[Math.floor(which * names.length)];
  const bytes = change(Uint8Array.from(whole[name]));
  await writeFile(join(folder, name), bytes);
  const end = new AbortController();
  const late = wait(MOST_MS, 'late', { signal: end.signal }).catch(() => 'ended');
  let fault: string | undefined;
  const peak = await peakOf(async () => {
    const outcome = await Promise.race([outcomeOf(reader.read(folder)), late]);
    if (outcome === 'refused') tally.refused++;
    else if (outcome !== 'read') fault = outcome;
  });
  end.abort();
  const above = peak - bytes.length;
  tally.cases++;
  tally.peak = Math.max(tally.peak, above);
  if (above > MOST_MEMORY) fault ??= `${(above / MB).toFixed(0)} MB above the file's size`;
  if (fault !== undefined) {
    const kept = join(tmpdir(), `taskgrad-soak-${tally.faults.length}`);
    await writeFile(kept, bytes);
    tally.faults.push(`${label}: ${fault}; ${name} is kept as ${kept}`);
  }
  await writeFile(join(folder, name), whole[name]);
}

/** 'read', 'refused', or what should not be. */
async function outcomeOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
    return 'read';
  } catch (error) {
    if (!(error instanceof TaskgradError)) {
      return error instanceof Error
        ? (error.stack ?? error.message).split('\n').slice(0, 3).join(' ')
        : String(error);
    }
    const { message } = error;
    if (error instanceof ShaderCompileError) return 'refused';
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const isPlain = message.length <= MOST_MESSAGE && !/[\x00-\x1f\x7f-\x9f]/.test(message);
    return isPlain
      ? 'refused'
      : `a message that is no plain line of ${MOST_MESSAGE}: ${JSON.stringify(message)}`;
  }
}
