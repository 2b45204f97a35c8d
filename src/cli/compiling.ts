import type { Profile } from '../../runtime/profile';
import { columns, tableText } from '../report/table';
import type { Gpu } from '../tensor/gpu';
import type { MadeWork } from './made-work';
import { MOST_ROWS } from './profiling';
import type { Reporter } from './progress';

/** What the pipelines of a kernel cost under one set of constants. */
interface Compiled {
  readonly kernel: string;
  readonly variant: string;
  pipelines: number;
  /** Letters of WGSL. */
  letters: number;
  /** Seconds until there is a pipeline. */
  making: number;
  /** Seconds that a first dispatch takes longer than the next: drivers may compile only then. */
  driver: number;
}

const nameOf = ({ kernel, variant }: Pick<Compiled, 'kernel' | 'variant'>): string => `${kernel} ${variant}`;

function timesBy({ kernels }: Profile): Map<string, number> {
  const times = new Map<string, number>();
  for (const kernel of kernels) times.set(nameOf(kernel), (times.get(nameOf(kernel)) ?? 0) + kernel.seconds);
  return times;
}

/** Trains two steps, and prints what the first one compiled, the costliest first. */
export async function sayCompiled({ say }: Reporter, gpu: Gpu, work: MadeWork): Promise<void> {
  const { compilations } = gpu.runtime.pipelines;
  const before = compilations.length;
  const first = timesBy(await gpu.profile(() => work.train(1)));
  const next = timesBy(await gpu.profile(() => work.train(1)));
  const found = new Map<string, Compiled>();
  for (const { kernel, variant, letters, seconds } of compilations.slice(before)) {
    const name = nameOf({ kernel, variant });
    const driver = Math.max(0, (first.get(name) ?? 0) - (next.get(name) ?? 0));
    const one = found.get(name) ?? { kernel, variant, pipelines: 0, letters: 0, making: 0, driver };
    one.pipelines += 1;
    one.letters += letters;
    one.making += seconds;
    found.set(name, one);
  }
  const rows = [...found.values()].sort((a, b) => b.making + b.driver - a.making - a.driver);
  const kilo = (letters: number) => (letters / 1000).toFixed(1);
  const milli = (seconds: number) => (1000 * seconds).toFixed(0);
  const text = {
    columns: columns('Kernel', 'Constants', '#Pipelines', '#WGSL [kB]', '#Pipeline [ms]', '#Driver [ms]'),
    rows: rows
      .slice(0, MOST_ROWS)
      .map(({ kernel, variant, pipelines, letters, making, driver }) => [
        kernel,
        variant,
        String(pipelines),
        kilo(letters),
        milli(making),
        milli(driver),
      ]),
  };
  say(tableText(text), { event: 'compiled', rows });
  const sum = (of: (row: Compiled) => number) => rows.reduce((total, row) => total + of(row), 0);
  say(
    `${sum(({ pipelines }) => pipelines)} pipelines of ${kilo(sum(({ letters }) => letters))} kB WGSL: ${milli(sum(({ making }) => making))} ms to make them, ${milli(sum(({ driver }) => driver))} ms longer in their first dispatches`,
  );
  if (gpu.adapter.kind === 'lavapipe')
    say('Mesa keeps compiled shaders; MESA_SHADER_CACHE_DISABLE=true shows what they take without.');
}
