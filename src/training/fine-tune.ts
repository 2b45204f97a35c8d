import type { DeviceSet } from '../data/device-set';
import type { Classifier } from '../models/classifier';
import type { StateEntry } from '../nn/module';
import { Adam } from '../optim/adam';
import type { Split } from '../tasks/task';
import { evaluate } from './evaluate';
import { fit } from './fit';
import type { FitOptions } from './fit-options';
import type { Measure } from './stats';

const EVALUATION_BATCH = 250;

/** Images, and which of them a task takes with which labels. */
export interface Labelled {
  readonly images: DeviceSet;
  readonly split: Split;
}

export interface FineTuneOptions
  extends Pick<FitOptions, 'name' | 'epochs' | 'batchSize' | 'seed' | 'signal' | 'onStep'> {
  /** Learning rate of Adam. It moves all weights, also those taken over. */
  readonly lr: number;
  /** State of a network of another task to begin with; left out, the network learns from scratch. */
  readonly from?: ReadonlyMap<string, StateEntry>;
}

/**
 * Overwrites a network, running statistics included, with the state of another one. Only the head keeps its own: the two
 * may differ in their number of classes.
 * @throws StateDictError if they differ in anything else; nothing is loaded then
 */
export function loadAllButHead(net: Classifier, from: ReadonlyMap<string, StateEntry>): void {
  const head = new Set(net.head.stateDict().values());
  const own = [...net.stateDict()].filter(([, tensor]) => head.has(tensor));
  net.loadStateDict(new Map([...from, ...own]));
}

/**
 * Trains a network in place on a few samples, from another task's state if there is one, and looks at the test images
 * once, at the end.
 * @param net with a fresh head for the task's classes
 * @returns mean loss and accuracy over the test images
 * @throws StateDictError as `loadAllButHead`; what `fit` throws
 */
export async function fineTune(
  net: Classifier,
  few: Labelled,
  test: Labelled,
  { lr, from, ...options }: FineTuneOptions,
): Promise<Measure> {
  if (from) loadAllButHead(net, from);
  const optimizer = new Adam(net.parameters(), { lr });
  try {
    await fit(net, optimizer, few.images, few.split, options);
  } finally {
    optimizer.dispose();
  }
  return evaluate(net, test.images, test.split, EVALUATION_BATCH);
}
