import { ShaderCompileError } from '../../runtime/errors';
import { KernelError } from './errors';
import type { Setup } from './setup';
import { asCompiled, type ShaderSource } from './source';

/** GPUShaderStage.COMPUTE, fixed by the standard. */
const COMPUTE_STAGE = 4;

/** Does `work` and turns what WebGPU says against it into one line. @throws KernelError */
export async function validated<T>(device: GPUDevice, what: string, work: () => T): Promise<Awaited<T>> {
  device.pushErrorScope('validation');
  device.pushErrorScope('out-of-memory');
  let [result, failure]: [Awaited<T> | undefined, unknown] = [undefined, undefined];
  const working = (async () => {
    result = await work();
  })().catch((error) => {
    failure = error;
  });
  // Popped before anything else is awaited: other work pushes scopes of its own.
  const popped = [device.popErrorScope(), device.popErrorScope()];
  await working;
  const [error] = (await Promise.all(popped)).filter((one) => one !== null);
  if (error) throw new KernelError(`${what}: ${firstLine(error.message)}`);
  if (failure !== undefined) throw failure;
  return result as Awaited<T>;
}

export interface Compiled {
  readonly module: GPUShaderModule;
  /** What the compiler warns of, as in 'saxpy.wgsl:3:7 …'. */
  readonly warnings: readonly string[];
}

/**
 * Compiles a shader file; `code` is its text with imports and constants in place.
 * @throws ShaderCompileError with lines of the file, or of the snippet, that the error is in
 */
export async function compile(device: GPUDevice, source: ShaderSource, code: string): Promise<Compiled> {
  const { module, messages } = await compileText(device, code, source.file);
  const origin = ({ lineNum }: GPUCompilationMessage) => source.origins[Math.max(0, lineNum - 1)];
  const errors = messages.filter(({ type }) => type === 'error');
  if (errors.length > 0) {
    const { file } = origin(errors[0]);
    const inFile = errors.filter((message) => origin(message).file === file);
    throw new ShaderCompileError(
      file,
      source.texts.get(file) ?? code,
      inFile.map((message) => ({
        lineNum: origin(message).line,
        linePos: message.linePos,
        message: message.message,
      })),
    );
  }
  const warnings = messages.map((message) => {
    const { file, line } = origin(message);
    return `${file}:${line}:${message.linePos} ${message.type}: ${message.message}`;
  });
  const unrolled = asCompiled(code);
  if (unrolled === code) return { module, warnings };
  const final = await compileText(device, unrolled, source.file);
  const broken = final.messages.filter(({ type }) => type === 'error');
  if (broken.length > 0)
    throw new ShaderCompileError(`${source.file}, its loops unrolled,`, unrolled, broken);
  return { module: final.module, warnings };
}

async function compileText(device: GPUDevice, code: string, label: string) {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code, label });
  const scope = device.popErrorScope();
  const { messages } = await module.getCompilationInfo();
  await scope;
  return { module, messages: [...messages] };
}

export interface LaidOutPipeline {
  readonly pipeline: GPUComputePipeline;
  /** One for each bind group up to the last one used. */
  readonly groupLayouts: readonly GPUBindGroupLayout[];
}

/** Layouts are written out, not inferred, so that what the compiler drops as unused may still be bound. */
export async function pipelineOf(
  device: GPUDevice,
  module: GPUShaderModule,
  setup: Setup,
): Promise<LaidOutPipeline> {
  const entries: GPUBindGroupLayoutEntry[][] = [];
  const add = (group: number, binding: number, type: GPUBufferBindingType) => {
    while (entries.length <= group) entries.push([]);
    entries[group].push({ binding, visibility: COMPUTE_STAGE, buffer: { type } });
  };
  for (const { group, binding } of setup.blocks) add(group, binding, 'uniform');
  for (const { group, binding, writable } of setup.buffers)
    add(group, binding, writable ? 'storage' : 'read-only-storage');
  return validated(device, 'the pipeline', async () => {
    const groupLayouts = entries.map((list) => device.createBindGroupLayout({ entries: list }));
    const layout = device.createPipelineLayout({ bindGroupLayouts: groupLayouts });
    const { entry: entryPoint, constants } = setup;
    const compute = { module, entryPoint, constants };
    try {
      return { groupLayouts, pipeline: await device.createComputePipelineAsync({ layout, compute }) };
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new KernelError(`the pipeline: ${firstLine(message)}`, { cause });
    }
  });
}

/** Dawn tells the reason first, then what it was doing. */
const firstLine = (message: string) => message.trim().split('\n')[0].trim();
