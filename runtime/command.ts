import type { Bound } from './bind-groups';
import type { Dispatch, Ready } from './kernel';
import type { Shown } from './pictures';
import type { Tags } from './tags';

/** A dispatch as it goes into a compute pass. */
export interface Command extends Pick<Ready, 'pipeline' | 'params' | 'uniforms' | 'x' | 'y'> {
  readonly group: GPUBindGroup;
  /** What its bindings hold, from binding 1 on. */
  readonly bound: readonly Bound[];
  /** What is copied into pictures before it. */
  readonly shown: readonly Shown[];
  readonly dispatch: Dispatch;
  readonly tags: Tags;
}
