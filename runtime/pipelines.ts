import { GpuValidationError, ShaderCompileError, type TaskgradError } from './errors';
import type { FoundAdapter } from './host';
import { type Constants, type Dispatch, type Kernel, variantOf } from './kernel';
import { shownIn } from './pictures';
import { timed } from './tags';
import { finalCode } from './wgsl/final';
import { type ParamsLayout, paramsOf } from './wgsl/params';

/** A pipeline that was made. */
export interface Compilation {
  readonly kernel: string;
  /** Its constants, as profiles have them. */
  readonly variant: string;
  /** Letters of WGSL. */
  readonly letters: number;
  /** From asking for it until it was there. */
  readonly seconds: number;
}

/** Compiles each kernel once per set of constants and keeps the pipeline for the device's life. */
export class PipelineCache {
  private readonly codes = new Map<Kernel, string>();
  private readonly modules = new Map<Kernel, GPUShaderModule>();
  private readonly pipelines = new Map<Kernel, Map<string, GPUComputePipeline>>();
  /** Pipelines that no dispatch has shown to be valid, and whether they compiled. */
  private readonly untried = new Map<GPUComputePipeline, Promise<ShaderCompileError | undefined>>();
  /** Why pipelines that were once handed out are of no use. */
  private readonly failures = new WeakMap<GPUComputePipeline, TaskgradError>();
  private readonly compiling = new Map<Kernel, Map<string, Promise<void>>>();
  /** In the order in which they were there. */
  readonly compilations: Compilation[] = [];

  constructor(
    private readonly device: GPUDevice,
    private readonly found: Pick<FoundAdapter, 'dump' | 'rounds' | 'waits'>,
  ) {}

  /** The pipeline, compiled now if it has to be. Whether it did compile is known later; see `isUntried`. */
  get(kernel: Kernel, constants: Constants = {}): GPUComputePipeline {
    return (
      this.find(kernel, constants) ??
      timed(`compile ${kernel.name}`, () => this.compileNow(kernel, constants))
    );
  }

  /** How the uniform block of a kernel lies. @throws WgslError on a type that uniforms cannot have */
  paramsOf(kernel: Kernel): ParamsLayout {
    return paramsOf(this.codeOf(kernel));
  }

  /** Which of its buffers a kernel sees as textures. */
  shownBy(kernel: Kernel): number[] {
    return shownIn(this.codeOf(kernel));
  }

  has(kernel: Kernel, constants: Constants = {}): boolean {
    return this.find(kernel, constants) !== undefined;
  }

  /** Whether it was compiled, or is being. */
  isKnown(kernel: Kernel, constants: Constants = {}): boolean {
    return this.has(kernel, constants) || this.compiling.get(kernel)?.has(keyOf(constants)) === true;
  }

  /** Compiles off the main thread, once however often it is asked for. @throws ShaderCompileError */
  warm(kernel: Kernel, constants: Constants = {}): Promise<void> {
    if (this.has(kernel, constants)) return Promise.resolve();
    const compiling = this.compiling.get(kernel) ?? new Map<string, Promise<void>>();
    this.compiling.set(kernel, compiling);
    const key = keyOf(constants);
    const started = compiling.get(key) ?? this.compileLater(kernel, constants);
    compiling.set(key, started);
    return started.finally(() => compiling.delete(key));
  }

  /** Whether a dispatch of the pipeline may turn out to be invalid. One that is would void all that is submitted with it. */
  isUntried(pipeline: GPUComputePipeline): boolean {
    return this.untried.size > 0 && this.untried.has(pipeline);
  }

  /**
   * Takes note of how a dispatch of an untried pipeline went.
   * @param refusal what the device said of the dispatch
   * @returns why it was left out, if it was
   */
  async tried(
    { kernel, constants = {} }: Pick<Dispatch, 'kernel' | 'constants'>,
    pipeline: GPUComputePipeline,
    refusal: Promise<GPUError | null>,
  ): Promise<TaskgradError | undefined> {
    try {
      const [compileError, refused] = await Promise.all([this.untried.get(pipeline), refusal]);
      const error =
        compileError ?? (refused ? new GpuValidationError(refused.message, kernel.name) : undefined);
      this.untried.delete(pipeline);
      if (!error) return undefined;
      this.failures.set(pipeline, error);
      // So that its next use fails again.
      if (this.find(kernel, constants) === pipeline) this.pipelines.get(kernel)?.delete(keyOf(constants));
      return error;
    } catch {
      return undefined; // the device was lost, which is reported by itself
    }
  }

  /** Why a pipeline is of no use, if it is known to be of none. */
  failureOf(pipeline: GPUComputePipeline): TaskgradError | undefined {
    return this.failures.get(pipeline);
  }

  get size(): number {
    let total = 0;
    for (const variants of this.pipelines.values()) total += variants.size;
    return total;
  }

  private find(kernel: Kernel, constants: Constants): GPUComputePipeline | undefined {
    return this.pipelines.get(kernel)?.get(keyOf(constants));
  }

  private keep(kernel: Kernel, constants: Constants, pipeline: GPUComputePipeline): void {
    const variants = this.pipelines.get(kernel) ?? new Map<string, GPUComputePipeline>();
    variants.set(keyOf(constants), pipeline);
    this.pipelines.set(kernel, variants);
  }

  private async compileLater(kernel: Kernel, constants: Constants): Promise<void> {
    const start = performance.now();
    const descriptor = this.describe(kernel, constants);
    this.found.waits?.began();
    try {
      const pipeline = await this.device.createComputePipelineAsync(descriptor);
      this.untried.set(pipeline, Promise.resolve(undefined));
      this.keep(kernel, constants, pipeline);
      this.note(kernel, constants, start);
    } catch (error) {
      throw await this.explain(kernel, String(error));
    } finally {
      this.found.waits?.ended();
    }
  }

  private compileNow(kernel: Kernel, constants: Constants): GPUComputePipeline {
    const start = performance.now();
    this.device.pushErrorScope('validation');
    const pipeline = this.device.createComputePipeline(this.describe(kernel, constants));
    const explained = this.device
      .popErrorScope()
      .then((error) => (error ? this.explain(kernel, error.message) : undefined));
    explained.catch(() => undefined); // the device was lost, which is reported by itself
    this.untried.set(pipeline, explained);
    this.keep(kernel, constants, pipeline);
    this.note(kernel, constants, start);
    return pipeline;
  }

  private note(kernel: Kernel, constants: Constants, start: number): void {
    const seconds = (performance.now() - start) / 1000;
    const { length: letters } = this.codeOf(kernel);
    this.compilations.push({ kernel: kernel.name, variant: variantOf(constants), letters, seconds });
  }

  private describe(kernel: Kernel, constants: Constants): GPUComputePipelineDescriptor {
    this.found.dump?.(kernel.name, constants, finalCode(kernel.source));
    return {
      label: kernel.name,
      layout: 'auto',
      compute: { module: this.moduleOf(kernel), entryPoint: 'main', constants: { ...constants } },
    };
  }

  private codeOf(kernel: Kernel): string {
    const known = this.codes.get(kernel);
    if (known !== undefined) return known;
    const code = finalCode(kernel.source);
    const made = this.found.rounds?.of(code) ?? code;
    this.codes.set(kernel, made);
    return made;
  }

  private moduleOf(kernel: Kernel): GPUShaderModule {
    const known = this.modules.get(kernel);
    if (known) return known;
    const made = this.device.createShaderModule({ code: this.codeOf(kernel), label: kernel.name });
    this.modules.set(kernel, made);
    return made;
  }

  private async explain(kernel: Kernel, fallback: string): Promise<ShaderCompileError> {
    const { messages } = await this.moduleOf(kernel).getCompilationInfo();
    const errors = messages.filter((message) => message.type === 'error');
    const shown = errors.length > 0 ? errors : [{ lineNum: 1, linePos: 1, message: fallback }];
    return new ShaderCompileError(kernel.name, this.codeOf(kernel), shown);
  }
}

function keyOf(constants: Constants): string {
  let key = '';
  for (const name in constants) key += `${name}=${constants[name]};`;
  return key;
}
