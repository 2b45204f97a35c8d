import type { BindGroups } from './bind-groups';
import { CaptureError } from './errors';
import type { Dispatch } from './kernel';
import { type Held, isHeld, type Recorded, type Refreshed } from './recording';
import type { Reserve } from './reserve';
import type { Tags } from './tags';
import { CapturedUniforms } from './uniforms';

/** A dispatch as it goes into a compute pass. */
export interface Command {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  /** Workgroups. */
  readonly x: number;
  readonly y: number;
  readonly dispatch: Dispatch;
  readonly tags: Tags;
}

/** The dispatches of a step with bind groups and uniform blocks of their own, ready to be made again. */
export class Captured {
  readonly commands: readonly Command[];
  /** Its scratch and its results. */
  readonly reserve: Reserve;
  /** How many batches had been submitted when it was last replayed: whether its uniform blocks are still to be read. */
  lastBatch = -1;
  private readonly uniforms: CapturedUniforms;
  private readonly held: readonly Held[];
  private readonly varying: readonly Refreshed[];
  private gone = false;

  constructor(device: GPUDevice, bindGroups: BindGroups, { commands, held, varying, reserve }: Recorded) {
    this.uniforms = new CapturedUniforms(
      device,
      commands.map(({ dispatch }) => dispatch.uniforms),
    );
    const { buffer, places } = this.uniforms;
    this.commands = commands.map((command, i) => {
      const { pipeline, dispatch } = command;
      return { ...command, group: bindGroups.make(pipeline, { buffer, ...places[i] }, dispatch.buffers) };
    });
    this.held = held;
    this.varying = varying;
    this.reserve = reserve;
  }

  get discarded(): boolean {
    return this.gone;
  }

  /** @throws CaptureError if it was discarded, or a buffer it needs was freed */
  check(): void {
    if (this.gone) throw new CaptureError('it was disposed of; capture it again');
    const freed = this.held.find((held) => !isHeld(held));
    if (freed) throw new CaptureError(freed.otherwise);
  }

  /** Computes what varies, and hands it to the GPU. */
  prepare(): void {
    for (const value of this.varying) value.refresh();
    this.uniforms.upload();
  }

  discard(): void {
    this.gone = true;
    this.uniforms.buffer.destroy();
  }
}
