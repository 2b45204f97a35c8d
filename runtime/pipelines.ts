import { ShaderCompileError } from './errors';
import type { FoundAdapter } from './host';
import type { Constants, Kernel } from './kernel';
import { timed } from './tags';
import { finalCode } from './wgsl/final';
import { type ParamsLayout, paramsOf } from './wgsl/params';

/** Compiles each kernel once per set of constants and keeps the pipeline for the device's life. */
export class PipelineCache {
  private readonly codes = new Map<Kernel, string>();
  private readonly modules = new Map<Kernel, GPUShaderModule>();
  private readonly pipelines = new Map<Kernel, Map<string, GPUComputePipeline>>();
  private readonly checks = new Set<Promise<unknown>>();
  private readonly compiling = new Map<Kernel, Map<string, Promise<void>>>();

  constructor(
    private readonly device: GPUDevice,
    private readonly onError: (error: ShaderCompileError) => void,
    private readonly dump: FoundAdapter['dump'],
  ) {}

  /** The pipeline, compiled now if it has to be; a compile error reaches `onError` later. */
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

  has(kernel: Kernel, constants: Constants = {}): boolean {
    return this.find(kernel, constants) !== undefined;
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

  /** Resolves when it is known of every pipeline in use whether it compiled. */
  async settled(): Promise<void> {
    await Promise.all(this.checks);
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
    const descriptor = this.describe(kernel, constants);
    try {
      this.keep(kernel, constants, await this.device.createComputePipelineAsync(descriptor));
    } catch (error) {
      throw await this.explain(kernel, String(error));
    }
  }

  private compileNow(kernel: Kernel, constants: Constants): GPUComputePipeline {
    this.device.pushErrorScope('validation');
    const pipeline = this.device.createComputePipeline(this.describe(kernel, constants));
    const check: Promise<unknown> = this.device.popErrorScope().then(
      async (error) => {
        if (error) {
          this.pipelines.get(kernel)?.delete(keyOf(constants)); // so that its next use fails again
          this.onError(await this.explain(kernel, error.message));
        }
        this.checks.delete(check);
      },
      () => this.checks.delete(check), // the device was lost, which is reported by itself
    );
    this.checks.add(check);
    this.keep(kernel, constants, pipeline);
    return pipeline;
  }

  private describe(kernel: Kernel, constants: Constants): GPUComputePipelineDescriptor {
    this.dump?.(kernel.name, constants, this.codeOf(kernel));
    return {
      label: kernel.name,
      layout: 'auto',
      compute: { module: this.moduleOf(kernel), entryPoint: 'main', constants: { ...constants } },
    };
  }

  private codeOf(kernel: Kernel): string {
    const code = this.codes.get(kernel) ?? finalCode(kernel.source);
    this.codes.set(kernel, code);
    return code;
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
