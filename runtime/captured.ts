import type { BindGroups } from './bind-groups';
import type { Command } from './command';
import { CaptureError } from './errors';
import type { Recorded, Refreshed } from './recording';
import { isMet, type Requirement } from './requirement';
import type { Reserve } from './reserve';
import { CapturedUniforms } from './uniforms';

/** The dispatches of a step with bind groups and uniform blocks of their own, ready to be made again. */
export class Captured {
  readonly commands: readonly Command[];
  /** Its scratch and its results. */
  readonly reserve: Reserve;
  /** How many batches had been submitted when it was last replayed. While no more were, its uniform blocks are in use. */
  lastBatch = -1;
  private readonly uniforms: CapturedUniforms;
  private readonly requirements: readonly Requirement[];
  private readonly varying: readonly Refreshed[];
  private gone = false;

  constructor(
    device: GPUDevice,
    bindGroups: BindGroups,
    { commands, requirements, varying, reserve }: Recorded,
  ) {
    this.uniforms = new CapturedUniforms(device, commands);
    const { buffer, places } = this.uniforms;
    this.commands = commands.map((command, i) => {
      const { pipeline, bound } = command;
      return { ...command, group: bindGroups.make(pipeline, buffer, places[i], bound) };
    });
    this.requirements = requirements;
    this.varying = varying;
    this.reserve = reserve;
  }

  get discarded(): boolean {
    return this.gone;
  }

  /** @throws CaptureError if it was discarded, or a buffer it needs was freed */
  check(): void {
    if (this.gone) throw new CaptureError('it was disposed of; capture it again');
    const unmet = this.requirements.find((one) => !isMet(one));
    if (unmet) throw new CaptureError(unmet.otherwise);
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
