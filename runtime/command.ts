import type { Bound } from './bind-groups';
import type { Dispatch } from './kernel';
import type { Shown } from './pictures';
import type { Tags } from './tags';
import type { ParamsLayout } from './wgsl/params';

/** A dispatch as it goes into a compute pass. */
export interface Command {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  /** What its bindings hold, from binding 1 on. */
  readonly bound: readonly Bound[];
  /** What is copied into pictures before it. */
  readonly shown: readonly Shown[];
  /** Workgroups. */
  readonly x: number;
  readonly y: number;
  readonly dispatch: Dispatch;
  /** How its uniforms lie. */
  readonly params: ParamsLayout;
  readonly tags: Tags;
}
