import type { Command } from './command';
import { CaptureError } from './errors';
import type { PooledBuffer } from './pooled-buffer';
import { isMet, type Requirement } from './requirement';
import type { Reserve } from './reserve';
import { varyingWords } from './uniforms';
import type { Live } from './varying';

/** A value of a step that is computed anew by every replay. */
export interface Refreshed {
  refresh(): void;
}

/** All that was recorded of a step. */
export interface Recorded {
  readonly commands: readonly Command[];
  readonly varying: readonly Refreshed[];
  readonly requirements: readonly Requirement[];
  readonly reserve: Reserve;
}

/** A step while it is captured. */
export class Recording {
  private readonly commands: Command[] = [];
  private readonly varying: Refreshed[] = [];
  private readonly lives = new Set<object>();
  private readonly outside = new Map<PooledBuffer, Requirement>();
  private readonly changed = new Map<PooledBuffer, () => void>();
  private refusal: string | undefined;

  constructor(private readonly reserve: Reserve) {}

  add(command: Command): void {
    const { buffers, kernel } = command.dispatch;
    for (const { value } of varyingWords(command.params, command.uniforms))
      this.checkVarying(value, kernel.name);
    for (const buffer of buffers) {
      if (this.reserve.has(buffer) || this.outside.has(buffer)) continue;
      const otherwise = `a tensor from outside that kernel ${kernel.name} works on was freed; a replay needs it`;
      this.outside.set(buffer, { buffer, returns: buffer.returns, otherwise });
    }
    this.commands.push(command);
  }

  vary<T>(read: () => T): Live<T> {
    const live = {
      now: read(),
      refresh: () => {
        live.now = read();
      },
    };
    this.varying.push(live);
    this.lives.add(live);
    return live;
  }

  /** Every replay changes the buffer: `again` is called before it does. */
  changes(buffer: PooledBuffer, again: () => void): void {
    this.changed.set(buffer, again);
  }

  /** Has the capture fail at its end, so that the step itself is whole. */
  refuse(reason: string): void {
    this.refusal ??= reason;
  }

  /** What a replay needs, or why there can be none. */
  finish(): Recorded | CaptureError {
    const freed = [...this.outside.values()].find((one) => !isMet(one))?.otherwise;
    const reason = this.refusal ?? freed;
    if (reason !== undefined) return new CaptureError(reason);
    const otherwise =
      'a tensor that it leaves behind was freed, so that a replay could not be told from a first step; free gradients inside it (optimizer.zeroGrad()), and only there';
    const left = this.reserve.lent.map((buffer) => ({ buffer, returns: buffer.returns, otherwise }));
    const { commands, reserve } = this;
    const requirements = [...this.outside.values(), ...left];
    // Scratch is nobody's to rely on.
    const seen = new Set(requirements.map(({ buffer }) => buffer));
    const changes = [...this.changed].flatMap(([buffer, refresh]) => (seen.has(buffer) ? [{ refresh }] : []));
    return { commands, varying: [...this.varying, ...changes], reserve, requirements };
  }

  private checkVarying(live: Live, kernel: string): void {
    if (this.lives.has(live)) return;
    this.refuse(
      `kernel ${kernel} reads a number of gpu.varying() that was made outside, which no replay renews; make it inside`,
    );
  }
}
