import { switchMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import type { Tensor } from '../../tensor/tensor';

type Forward = Module['forward'];

/**
 * Runs `work` while some modules of a network compute something else.
 * @param instead a module's other forward function, from its own; undefined leaves the module as it is
 */
export function withForwards<T>(
  net: Module,
  instead: (module: Module, own: Forward) => Forward | undefined,
  work: () => T,
): T {
  const changed: [Module, Forward][] = [];
  try {
    for (const module of new Set(net.modules())) {
      const own = module.forward;
      const other = instead(module, own.bind(module));
      if (!other) continue;
      changed.push([module, own]);
      module.forward = other;
    }
    return work();
  } finally {
    for (const [module, own] of changed) module.forward = own;
  }
}

/** Runs `work` with a network in a mode, and leaves parameters, running statistics and modes as they were before. */
export function undisturbed<T>(net: Module, training: boolean, work: () => T): T {
  const restore = switchMode(net, training);
  const kept = [...net.stateDict().values()].map((tensor) => [tensor, copyOf(tensor)] as const);
  try {
    return work();
  } finally {
    for (const [tensor, before] of kept) {
      tensor.gpu.kernels.elementwise('x', { x: before }, { into: tensor });
      before.dispose();
    }
    restore();
  }
}

export const copyOf = (tensor: Tensor): Tensor => tensor.gpu.kernels.elementwise('x', { x: tensor });
