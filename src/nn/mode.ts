import type { Module } from './module';

/** Puts a network in training or evaluation mode. @returns what puts every module back in the mode it was in */
export function switchMode(net: Module, training: boolean): () => void {
  const modes = [...net.modules()].map((module) => [module, module.training] as const);
  net.train(training);
  return () => {
    for (const [module, mode] of modes) module.training = mode;
  };
}
