import { existsSync } from 'node:fs';
import { z } from 'zod';
import { readJson, writeFileAtomic } from '../../data/files.node';
import { makeNetwork } from '../../models/catalogue';
import type { Classifier } from '../../models/classifier';
import type { Module } from '../../nn/module';
import type { Distance } from '../../report/results';
import { summariseTransfer, type Transfer, type TransferRun } from '../../report/transfer';
import { numClasses, type Task } from '../../tasks/task';
import { Random } from '../../tensor/random';
import { InterruptedError } from '../../training/errors';
import { fineTune } from '../../training/fine-tune';
import { type Session, taskById } from '../session';
import { distanceJob } from './distances';
import { splitsOf, trainedNetwork } from './networks';

/** Small, so that few samples still make several steps an epoch. */
const BATCH = 20;
/** Stream of the seed for fresh networks: the source's own seed would hand it back the head it began with. */
const FRESH_STREAM = 0x66726573;

const share = z.number().min(0).max(1);
/** Test accuracies: from scratch by 'seed/target', fine-tuned by 'seed/source/target'. */
const knownSchema = z.object({
  scratch: z.record(z.string(), share),
  fineTuned: z.record(z.string(), share),
});
const distancesSchema = z.record(z.string(), z.object({ logdet: z.number(), frechet: z.number() }));

/** How the networks are fine-tuned. */
export interface FewShot {
  /** Training images of the target, at most; each class keeps its share. */
  readonly samples: number;
  readonly epochs: number;
}

const scratchKey = (seed: number, target: Task) => `${seed}/${target.id}`;
const pairKey = (seed: number, source: Task, target: Task) => `${seed}/${source.id}/${target.id}`;

/**
 * Fine-tunes every task's network on every other task, and a fresh one from scratch beside them. Networks and distances
 * are those of the run, which has computed them before; accuracies are kept as they come, in a file for each number of
 * samples and epochs.
 * @throws InterruptedError before the next network, when asked to stop
 */
export async function measureTransfer(session: Session, distance: Distance, few: FewShot): Promise<Transfer> {
  const { settings, gpu, signal } = session;
  const { training } = settings;
  const tasks = distance.tasks.map(taskById);
  const file = session.state('transfer', `samples${few.samples}-epochs${few.epochs}.json`);
  const known = existsSync(file) ? await readJson(file, knownSchema) : { scratch: {}, fineTuned: {} };
  const progress = session.progress('transfer', distance.seeds.length * tasks.length ** 2, 'networks');
  let done = Object.keys(known.scratch).length + Object.keys(known.fineTuned).length;
  const keep = async (part: Record<string, number>, key: string, learn: () => Promise<number>) => {
    if (Object.hasOwn(part, key)) return;
    if (signal.aborted) throw new InterruptedError();
    part[key] = await learn();
    await writeFileAtomic(file, JSON.stringify(known));
    session.log({ event: 'transfer', ...few, network: key, testAccuracy: part[key] });
    progress.update(++done);
  };
  try {
    for (const seed of distance.seeds) {
      for (const target of tasks) {
        await keep(known.scratch, scratchKey(seed, target), () => learnFew(session, target, seed, few));
      }
      for (const source of tasks) {
        const targets = tasks.filter((target) => target !== source);
        if (targets.every((target) => Object.hasOwn(known.fineTuned, pairKey(seed, source, target))))
          continue;
        const { net } = await trainedNetwork(quiet(session), distanceJob(session, source, seed));
        try {
          for (const target of targets) {
            await keep(known.fineTuned, pairKey(seed, source, target), () =>
              learnFew(session, target, seed, few, net),
            );
          }
        } finally {
          net.dispose();
        }
      }
    }
  } finally {
    progress.stop();
  }
  const distances = await readJson(session.state('distances.json'), distancesSchema);
  const runs: TransferRun[] = distance.seeds.flatMap((seed) =>
    tasks.flatMap((target) =>
      tasks.flatMap((source) => {
        const key = pairKey(seed, source, target);
        if (source === target) return [];
        const accuracies = {
          accuracy: known.fineTuned[key],
          scratch: known.scratch[scratchKey(seed, target)],
        };
        return [{ seed, source: source.id, target: target.id, ...distances[key], ...accuracies }];
      }),
    ),
  );
  const { kind, description, software } = gpu.adapter;
  return {
    adapter: { kind, description, software },
    ...{ network: distance.network, estimator: distance.estimator, seeds: distance.seeds },
    tasks: tasks.map(({ id, name }) => ({ id, name })),
    ...{ ...few, batchSize: BATCH, lr: training.lr },
    ...summariseTransfer(runs),
    runs,
  };
}

const quiet = (session: Session): Session => ({ ...session, say: () => undefined });

/** Test accuracy on the target of a network that learns it from few samples, from another task's state if given. */
async function learnFew(
  session: Session,
  target: Task,
  seed: number,
  { samples, epochs }: FewShot,
  source?: Module,
): Promise<number> {
  const { train, test } = splitsOf(session, target, seed, samples);
  const net = freshNetwork(session, target, seed);
  try {
    const { accuracy } = await fineTune(
      net,
      { images: session.train, split: train },
      { images: session.test, split: test },
      {
        ...{ name: `${samples} samples of task ${target.id}, seed ${seed}`, seed, epochs },
        ...{ batchSize: BATCH, lr: session.settings.training.lr },
        ...{ from: source?.stateDict(), signal: session.signal },
      },
    );
    return accuracy;
  } finally {
    net.dispose();
  }
}

/** The same weights for every source, and for the network from scratch, so that they differ in what was taken over alone. */
function freshNetwork({ gpu, train, settings }: Session, task: Task, seed: number): Classifier {
  const { network, width } = settings.training;
  gpu.manualSeed(new Random(seed, FRESH_STREAM).nextU32());
  const [channels, size] = train.shape;
  return makeNetwork(gpu, network, { classes: numClasses(task), channels, size, width });
}
