import { Command } from 'commander';
import { GpuDisposedError, GpuLostError, TaskgradError } from '../../../runtime/errors';
import type { AdapterChoice } from '../../../runtime/host';
import { readShader } from '../../kernel-bench/source.node';
import { openGpu } from '../../node';
import type { Gpu } from '../../tensor/gpu';
import { type KernelOptions, withFileOptions, withKernelOptions } from '../kernel/options';
import { runAndReport } from '../kernel/session';
import { runOnSave } from '../kernel/watch';
import { type Reporter, reporterFor } from '../progress';

/** Exit code of a run in which a check found something. */
const PROBLEMS = 1;

const HELP = `
What is not given follows from the file: types from the declarations, the shape of the first --bind (or 262144
elements), randn for float inputs, arange for whole ones, zeros for what the kernel writes, one thread an element of
the first output. A uniform block has to be given. A file may bring its own options along, in lines that begin with
//#bench; the command line goes before them. Files that those lines name are looked for, and saved as .npy, in the
folder of the WGSL file and nowhere else. \`//#import name\` takes name.wgsl beside the file or in snippets/ there, or a
snippet of taskgrad.

  TYPE   f32, i32, u32, f16        FILL   randn, rand, zeros, ones, arange, const:3.5, file:PATH.npy, file:PATH.bin

What is checked (exit code ${PROBLEMS} if anything is found):
  compiling         errors with their source lines; warnings are shown
  NaN, infinity     in what the kernel writes, unless an input holds some
  past the end      each buffer whose bounds do not come from arrayLength() is bound once more with a poisoned tail (as
                    long as itself, 4 KiB to 4 MiB): whether the tail is written, and whether results change when
                    other poison lies there. Indices below 0 or further out show only on adapters that clamp them,
                    such as SwiftShader; others drop them
  races             3 to 12 runs from the same data must give the same bits; that no race is seen is no proof
  the driver        poison on both sides of what is bound must stay as it is
  --expect          a result within --tolerance of a file

Example:
  $ taskgrad kernel bench/kernels/saxpy.wgsl
  $ taskgrad kernel saxpy.wgsl --bind x=f32[1000000]:randn --uniform params=1000000,2 --threads 1000000
  $ taskgrad kernel saxpy.wgsl --sweep SIZE=32,64,128,256 --flops 2e6 --watch
`;

export function kernelCommand(): Command {
  const command = withKernelOptions(new Command('kernel'))
    .description('Run a WGSL file alone on given shapes: check it, time it, sweep its constants')
    .argument('<file>', 'WGSL file with a compute entry point')
    .addHelpText('after', HELP);
  return command.action((file: string) => kernel(file, command));
}

async function kernel(file: string, command: Command): Promise<void> {
  const { watch, json } = command.opts<KernelOptions>();
  const reporter = reporterFor({ json });
  const gpu = await openGpu({ adapter: await adapterFor(file, command) });
  const { description, software } = gpu.adapter;
  reporter.say(`adapter: ${description}${software ? ' (software)' : ''}`, {
    event: 'adapter',
    ...gpu.adapter,
  });
  try {
    if (watch) {
      process.exitCode = await runOnSave(file, () => runAgain(gpu, reporter, file, command));
      return;
    }
    const source = await readShader(file);
    const good = await runAndReport(gpu, reporter, source, withFileOptions(command, source));
    if (!good) process.exitCode = PROBLEMS;
  } finally {
    gpu.dispose();
  }
}

/** The adapter is opened once; under --watch a file that cannot be read yet has no say in it. */
async function adapterFor(file: string, command: Command): Promise<AdapterChoice> {
  const { adapter, watch } = command.opts<KernelOptions>();
  try {
    return withFileOptions(command, await readShader(file)).adapter;
  } catch (error) {
    if (watch && error instanceof TaskgradError) return adapter;
    throw error;
  }
}

/** A run under --watch: what goes wrong is said and mended in the editor. @returns the files it read, if all were there */
async function runAgain(
  gpu: Gpu,
  reporter: Reporter,
  file: string,
  command: Command,
): Promise<readonly string[]> {
  let files: readonly string[] = [];
  try {
    reporter.say(`\n${file}, ${new Date().toLocaleTimeString('en-GB')}`, { event: 'run', file });
    const source = await readShader(file);
    files = source.files;
    await runAndReport(gpu, reporter, source, withFileOptions(command, source));
  } catch (error) {
    if (
      !(error instanceof TaskgradError) ||
      error instanceof GpuLostError ||
      error instanceof GpuDisposedError
    )
      throw error;
    reporter.say(`taskgrad: ${error.message}`, { event: 'error', code: error.code });
  }
  reporter.say('waiting for the file to be saved; Ctrl-C ends', { event: 'waiting', files });
  return files;
}
