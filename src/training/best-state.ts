import type { Module, StateEntry } from '../nn/module';
import type { Tensor } from '../tensor/tensor';

/** What a network was at its best, running statistics included. */
export class BestState {
  private kept: ReadonlyMap<string, Tensor> | undefined;

  /**
   * @param from an earlier state to begin with
   * @throws StateDictError if that is of another architecture
   */
  constructor(
    private readonly net: Module,
    from?: ReadonlyMap<string, StateEntry>,
  ) {
    if (!from) return;
    const now = copies(net);
    try {
      net.loadStateDict(from);
      this.kept = copies(net);
    } finally {
      net.loadStateDict(now);
      free(now);
    }
  }

  /** The tensors, its own; undefined before anything was kept. */
  get state(): ReadonlyMap<string, Tensor> | undefined {
    return this.kept;
  }

  /** Keeps the network as it is now. */
  keep(): void {
    const before = this.kept;
    this.kept = copies(this.net);
    if (before) free(before);
  }

  /** Makes the network what it was at its best. */
  restore(): void {
    if (this.kept) this.net.loadStateDict(this.kept);
  }

  dispose(): void {
    if (this.kept) free(this.kept);
    this.kept = undefined;
  }
}

const copies = (net: Module): Map<string, Tensor> =>
  new Map([...net.stateDict()].map(([name, x]) => [name, x.gpu.kernels.elementwise('x', { x })]));

function free(state: ReadonlyMap<string, Tensor>): void {
  for (const tensor of state.values()) tensor.dispose();
}
