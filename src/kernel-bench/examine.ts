import { countOf, type HostArray, type NumberArray, valuesOf } from './array';
import { differing, hasNonFinite, type Occurrences, overwritten, type Summary, summarise } from './checks';
import type { Contents } from './gpu-buffers';
import type { LoadedKernel } from './loaded-kernel';
import type { Setup, SetupBuffer } from './setup';

/** Two patterns that are large and of opposite sign whether read as f32, f16 or i32. */
const POISON = 0x7149f2ca;
const OTHER_POISON = 0xf149f2ca;
/** Trials must agree bit for bit: there are at least so many, and more in the time that follows. */
const LEAST_TRIALS = 3;
const MOST_TRIALS = 12;
const TRIALS_MS = 300;

/** What is wrong with a kernel. 'escape': it touched bytes that are not its own. */
export type FindingKind =
  | 'nan'
  | 'infinite'
  | 'race'
  | 'write past end'
  | 'read past end'
  | 'escape'
  | 'mismatch';

/** Something wrong with a kernel; the text is a sentence for its author. */
export interface Finding {
  /** What is wrong. */
  readonly kind: FindingKind;
  /** The buffer's name in the shader. */
  readonly buffer: string;
  /** The sentence. */
  readonly text: string;
}

/** A buffer that the kernel writes, after a single dispatch. */
export interface Output {
  /** Its name in the shader. */
  readonly name: string;
  /** What it holds, as bytes. */
  readonly array: HostArray;
  /** The numbers of `array`; f16 is widened to f32. */
  readonly values: NumberArray;
  /** Range, mean, and what is not finite. */
  readonly summary: Summary;
  /** Elements that hold what they held before. */
  readonly unchanged: number;
}

/** What is known of a kernel after it was tried. */
export interface Examination {
  /** The buffers that it writes. */
  readonly outputs: readonly Output[];
  /** What is wrong; empty if all is well. */
  readonly findings: readonly Finding[];
  /** How often the same data had to give the same bits. */
  readonly trials: number;
  /** Buffers past whose end the checks looked for reads and writes. */
  readonly probed: readonly string[];
}

/** What a dispatch that began with the first contents left in the buffers it writes. */
type Trial = ReadonlyMap<string, Contents>;

/** Dispatches a kernel several times and looks for what is wrong with it. */
export async function examine(kernel: LoadedKernel, setup: Setup): Promise<Examination> {
  const written = setup.buffers.filter(({ writable }) => writable);
  const first = await kernel.trial('exact', () => POISON);
  const findings: Finding[] = [...escapes(written, first)];
  const began = performance.now();
  let trials = 1;
  while (
    !has(findings, 'race') &&
    (trials < LEAST_TRIALS || (trials < MOST_TRIALS && performance.now() - began < TRIALS_MS))
  ) {
    findings.push(...races(written, first, await kernel.trial('exact', () => POISON)));
    trials++;
  }
  findings.push(...(await probe(kernel, setup, written, has(findings, 'race'))));
  const outputs = written.map((buffer): Output => {
    const { data } = contentsOf(first, buffer);
    const { type, shape } = buffer.data;
    const array = { type, shape, bytes: data };
    const changed = differing(type, buffer.data.bytes, data).count;
    return {
      name: buffer.name,
      array,
      values: valuesOf(array),
      summary: summarise(array),
      unchanged: countOf(shape) - changed,
    };
  });
  if (!setup.buffers.some(({ data }) => hasNonFinite(data))) findings.push(...outputs.flatMap(nonFinite));
  return { outputs, findings, trials, probed: kernel.extended };
}

const has = (findings: readonly Finding[], kind: FindingKind) => findings.some((one) => one.kind === kind);

/** Binds every buffer with a poisoned tail: whether it is written, and whether results depend on what lies there. */
async function probe(
  kernel: LoadedKernel,
  setup: Setup,
  written: readonly SetupBuffer[],
  racy: boolean,
): Promise<Finding[]> {
  if (kernel.extended.length === 0) return [];
  const before = await kernel.trial('extended', () => POISON);
  const findings = written.flatMap((buffer) => pastEnd(buffer, contentsOf(before, buffer)));
  if (racy) return findings;
  const after = await kernel.trial('extended', () => OTHER_POISON);
  const touched = differences(written, before, after);
  if (touched.length === 0) return findings;
  const readers: Finding[] = [];
  for (const name of kernel.extended) {
    const changed = await kernel.trial('extended', (buffer) => (buffer === name ? OTHER_POISON : POISON));
    const [result] = differences(written, before, changed);
    const buffer = setup.buffers.find((one) => one.name === name);
    if (!result || !buffer) continue;
    const text = `reads past the end of ${name} (${lengthOf(buffer)}): what lies there changes ${result.text}`;
    readers.push({ kind: 'read past end', buffer: name, text });
  }
  // No single tail does it, so that it is not the tails that make the difference.
  return [...findings, ...(readers.length > 0 ? readers : races(written, before, after))];
}

function pastEnd(buffer: SetupBuffer, { tail }: Contents): Finding[] {
  const { count, first } = overwritten(tail, POISON);
  if (count === 0) return [];
  const index = Math.floor((buffer.bytes + first * 4) / buffer.stride);
  const others = count > 1 ? `, ${count} words of 4 bytes in all` : '';
  // Adapters that clamp indices put a stray one, or one below 0, on the last element that is bound.
  const stray =
    (first + 1) * 4 >= tail.byteLength - buffer.stride ? ', where this adapter puts indices far out' : '';
  const text = `writes past the end of ${buffer.name} (${lengthOf(buffer)}): first ${buffer.name}[${index}]${others}${stray}`;
  return [{ kind: 'write past end', buffer: buffer.name, text }];
}

function escapes(written: readonly SetupBuffer[], trial: Trial): Finding[] {
  return written.flatMap((buffer) => {
    const { count } = overwritten(contentsOf(trial, buffer).fences, POISON);
    if (count === 0) return [];
    const text = `this adapter's driver lets ${count} words be written outside of what is bound as ${buffer.name}`;
    return [{ kind: 'escape' as const, buffer: buffer.name, text }];
  });
}

function races(written: readonly SetupBuffer[], a: Trial, b: Trial): Finding[] {
  return differences(written, a, b).map(({ buffer, text }) => ({
    kind: 'race',
    buffer,
    text: `two runs on the same data give different bits, in ${text}: threads race, or add floats in no fixed order`,
  }));
}

function differences(
  written: readonly SetupBuffer[],
  a: Trial,
  b: Trial,
): { buffer: string; text: string }[] {
  return written.flatMap((buffer) => {
    const { name, data } = buffer;
    const { count, first } = differing(data.type, contentsOf(a, buffer).data, contentsOf(b, buffer).data);
    if (count === 0) return [];
    const text =
      count === 1 ? `value ${first} of ${name}` : `${count} values of ${name}, first number ${first}`;
    return [{ buffer: name, text }];
  });
}

function nonFinite({ name, array, summary }: Output): Finding[] {
  const total = countOf(array.shape);
  const finding = (kind: 'nan' | 'infinite', what: string, { count, first }: Occurrences): Finding[] =>
    count === 0
      ? []
      : [
          {
            kind,
            buffer: name,
            text: `${name} holds ${what} in ${count} of ${total} values, first number ${first}`,
          },
        ];
  return [...finding('nan', 'NaN', summary.nan), ...finding('infinite', 'infinity', summary.infinite)];
}

function contentsOf(trial: Trial, { name }: SetupBuffer): Contents {
  const contents = trial.get(name);
  if (!contents) throw new Error(`buffer ${name} was not read back`);
  return contents;
}

const lengthOf = ({ bytes, stride }: SetupBuffer) => plural(Math.floor(bytes / stride), 'element');
const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
