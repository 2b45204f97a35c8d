import type { Dispatch } from './kernel';
import type { Tags } from './tags';
import type { ParamsLayout } from './wgsl/params';

/** A dispatch as it goes into a compute pass. */
export interface Command {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  /** Workgroups. */
  readonly x: number;
  readonly y: number;
  readonly dispatch: Dispatch;
  /** How its uniforms lie. */
  readonly params: ParamsLayout;
  readonly tags: Tags;
}
