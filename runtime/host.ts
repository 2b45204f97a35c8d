import type { Constants, Dispatch } from './kernel';
import type { ParamsLayout } from './wgsl/params';

/** Which adapter a user asks for. 'auto' takes the best there is: GPU, then lavapipe, then SwiftShader. */
export type AdapterChoice = 'auto' | 'gpu' | 'lavapipe' | 'swiftshader';
/** A real GPU, or which software stands in for one. */
export type AdapterKind = Exclude<AdapterChoice, 'auto'>;

export const ADAPTER_CHOICES: readonly AdapterChoice[] = ['auto', 'gpu', 'lavapipe', 'swiftshader'];

/** Told when the GPU or the driver begins something that JavaScript waits for, a batch or a pipeline, and when it ends. */
export interface WaitWatch {
  began(): void;
  ended(): void;
}

/** Has workgroups do the work of several, where it takes an adapter long to begin one. */
export interface Rounds {
  /** The text of a kernel that does so; undefined where it cannot. */
  of(code: string): string | undefined;
  /** The members of the kernel's own. */
  own(params: ParamsLayout): ParamsLayout;
  /** Workgroups and uniforms of a dispatch, as the kernel that lies so needs them. */
  share(params: ParamsLayout, dispatch: Dispatch): Pick<Dispatch, 'groups' | 'uniforms'>;
}

/** An adapter that was found, before a device is made of it. */
export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  readonly kind: AdapterKind;
  /** What a person reads, such as 'llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)'. */
  readonly description: string;
  /** How to get a better adapter; set on a software adapter. */
  readonly hint?: string;
  /** Where a host can wait in a better way than by asking all the time. */
  readonly waits?: WaitWatch;
  /** Collects garbage, where the host can: what the driver holds for a bind group is freed with its object only. */
  readonly collect?: () => void;
  /** Compiles kernels of these dispatches beside the device, where it finds them then in place of compiling them. */
  readonly compileBeside?: (dispatches: readonly Dispatch[]) => Promise<void>;
  /** Where workgroups are dear. */
  readonly rounds?: Rounds;
  /** Told of every shader as it is compiled, with the constants it is compiled with. */
  readonly dump?: (kernel: string, constants: Constants, code: string) => void;
}

/** What the engine needs of its surroundings: Node's Dawn or a browser's navigator.gpu. */
export interface GpuHost {
  /**
   * Throws GpuUnavailableError with everything that was tried.
   * @param index which of several, counted from 0 as the drivers have them; default: the best
   */
  find(choice: AdapterChoice, index?: number): Promise<FoundAdapter>;
}

/** Tells software adapters from real ones by what the driver says of itself. */
export function classifyAdapter(info: GPUAdapterInfo): AdapterKind {
  const text = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`.toLowerCase();
  if (text.includes('llvmpipe')) return 'lavapipe';
  if (text.includes('swiftshader') || info.isFallbackAdapter) return 'swiftshader';
  return 'gpu';
}

export function describeAdapter(info: GPUAdapterInfo): string {
  const name = info.description || [info.vendor, info.architecture, info.device].filter(Boolean).join(' ');
  return name || 'unnamed adapter';
}
