import type { Kernel } from '../../runtime/kernel';
import source from '../../shaders/accumulate.wgsl';
import type { Tensor } from '../tensor/tensor';

const kernel: Kernel = { name: 'fisher.accumulate', source };

/** A sum of any number of f32 tensors of one shape, with what rounding took from it beside it (Kahan 1965). */
export class RunningSum {
  private held: { readonly sum: Tensor; lost?: Tensor } | undefined;

  /** Takes the tensor over. It lives as long as the sum, whatever scope it was made in. */
  add(term: Tensor, livesWith: Tensor): void {
    const { gpu, shape, size } = term;
    if (!this.held) {
      this.held = { sum: term.liveWith(livesWith) };
      return;
    }
    this.held.lost ??= gpu.zeros(shape).liveWith(livesWith);
    const { sum, lost } = this.held;
    const groups = Math.ceil(size / 64);
    gpu.kernels.run(kernel, { outputs: [sum, lost], inputs: [term], uniforms: { count: size }, groups });
    term.dispose();
  }

  /** The sum, the caller's to dispose of; undefined if nothing was added. */
  take(): Tensor | undefined {
    if (!this.held) return undefined;
    const { sum, lost } = this.held;
    if (lost) sum.gpu.kernels.elementwise('old + lost', { lost }, { into: sum });
    lost?.dispose();
    this.held = undefined;
    return sum;
  }

  dispose(): void {
    this.take()?.dispose();
  }
}
