import { hasTargets, type TargetSplit } from '../data/targets';
import { BatchNorm2d, Dropout } from '../nn/layers';
import type { Module } from '../nn/module';
import { IGNORE_INDEX } from '../ops/cross-entropy';
import type { Split } from '../tasks/task';
import { TrainingError } from './errors';

/**
 * Why a network cannot learn from a batch in parts as from the whole; undefined where it can. Batch norm normalises by the
 * whole batch, and dropout draws for it.
 */
export function whyWhole(net: Module): string | undefined {
  for (const module of net.modules()) {
    if (module instanceof BatchNorm2d) return 'batch norm normalises by the whole batch';
    if (module instanceof Dropout) return 'dropout draws for the whole batch';
  }
  return undefined;
}

/** @throws TrainingError on a network, or labels, with which parts of a batch do not add up to it */
export function checkSplit(name: string, net: Module, split: Split | TargetSplit): void {
  const why =
    whyWhole(net) ??
    (!hasTargets(split) && split.labels.includes(IGNORE_INDEX)
      ? 'images of the label −100 count in no part'
      : undefined);
  if (why)
    throw new TrainingError(`${name}: a batch cannot be cut into parts, since ${why}; leave out parts`);
}
