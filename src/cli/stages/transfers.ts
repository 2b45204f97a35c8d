import { z } from 'zod';
import { readKept, writeKept } from '../../data/kept.node';
import type { Module } from '../../nn/module';
import type { Distance, Training } from '../../report/results';
import { type Transfer, transferOf } from '../../report/transfer';
import { numClasses, type Task } from '../../tasks/task';
import { Random } from '../../tensor/random';
import { InterruptedError } from '../../training/errors';
import { fineTune } from '../../training/fine-tune';
import type { Session } from '../session';
import { newestJson } from '../whole';
import { distanceJob, knownDistancesSchema } from './distances';
import { freshNetwork, splitsOf, trainedNetwork } from './networks';

/** Small, so that few samples still make several steps an epoch. */
const BATCH = 20;
/** Stream of the seed for fresh networks: the source's own seed would hand it back the head it began with. */
const FRESH_STREAM = 0x66726573;

const share = z.number().min(0).max(1);
/** Test accuracies by 'seed/source/target', with an empty source for a network that learnt from scratch. */
const knownSchema = z.record(z.string(), share);

/** How the networks are fine-tuned. */
export interface FewShot {
  /** Training images of the target, at most; each class keeps its share. */
  readonly samples: number;
  readonly epochs: number;
}

const keyOf = (seed: number, source: Task | undefined, target: Task) =>
  `${seed}/${source?.id ?? ''}/${target.id}`;

/**
 * Fine-tunes every task's network on every other task, and a fresh one from scratch beside them. Networks and
 * distances are those that the run has computed before. Accuracies are kept as they come, in a file for each number
 * of samples and epochs.
 * @param networks of every task and seed
 * @throws InterruptedError before the next network, when asked to stop
 */
export async function measureTransfer(
  session: Session,
  networks: readonly Training[],
  distance: Distance,
  few: FewShot,
): Promise<Transfer> {
  const { settings, gpu, signal } = session;
  const quiet: Session = { ...session, say: () => undefined };
  const tasks = distance.tasks.map(session.task);
  const file = session.state('transfer', `samples${few.samples}-epochs${few.epochs}.json`);
  const of = { ...few, settings };
  const known = (await newestJson(session, file, knownSchema, of)) ?? {};
  const progress = session.progress('transfer', distance.seeds.length * tasks.length ** 2, 'networks');
  let done = Object.keys(known).length;
  /** Learns every target that is not known yet, from the network of one source task or from scratch. */
  const learn = async (seed: number, source: Task | undefined) => {
    const isMissing = (target: Task) =>
      target !== source && !Object.hasOwn(known, keyOf(seed, source, target));
    const missing = tasks.filter(isMissing);
    if (missing.length === 0) return;
    const from = source && (await trainedNetwork(quiet, distanceJob(session, source, seed))).net;
    try {
      for (const target of missing) {
        if (signal.aborted) throw new InterruptedError();
        const testAccuracy = await learnFew(session, target, seed, few, from);
        known[keyOf(seed, source, target)] = testAccuracy;
        await writeKept(file, known, { of, keepPrevious: true });
        const pair = { source: source?.id ?? null, target: target.id };
        session.log({ event: 'fine-tuned', seed, ...pair, ...few, testAccuracy });
        progress.update(++done);
      }
    } finally {
      from?.dispose();
    }
  };
  try {
    for (const seed of distance.seeds) {
      for (const source of [undefined, ...tasks]) await learn(seed, source);
    }
  } finally {
    progress.stop();
  }
  const { content: distances } = await readKept(session.state('distances.json'), knownDistancesSchema);
  const images = new Map(
    tasks.map((task) => {
      const { train } = splitsOf(session, task, settings.seed, settings.training.images);
      return [task, train.indices.length];
    }),
  );
  const pairs = tasks.flatMap((target) => tasks.map((source) => ({ source, target })));
  const runs = distance.seeds.flatMap((seed) =>
    pairs
      .filter(({ source, target }) => source !== target)
      .map(({ source, target }) => {
        const { logdet, frechet } = distances[keyOf(seed, source, target)];
        return {
          seed,
          source: source.id,
          target: target.id,
          logdet,
          frechet,
          accuracy: known[keyOf(seed, source, target)],
          scratch: known[keyOf(seed, undefined, target)],
          sourceClasses: numClasses(source),
          targetClasses: numClasses(target),
          sourceAccuracy: networks.find((run) => run.task === source.id && run.seed === seed)?.testAccuracy,
          sourceImages: images.get(source),
        };
      }),
  );
  const { kind, description, software } = gpu.adapter;
  return transferOf({
    adapter: { kind, description, software },
    network: distance.network,
    estimator: distance.estimator,
    seeds: distance.seeds,
    tasks: tasks.map(({ id, name }) => ({ id, name })),
    nulls: distance.nulls,
    ...few,
    batchSize: BATCH,
    lr: settings.training.lr,
    runs,
  });
}

/** Test accuracy on the target of a network that learns it from few samples, from another task's state if given. */
async function learnFew(
  session: Session,
  target: Task,
  seed: number,
  { samples, epochs }: FewShot,
  source?: Module,
): Promise<number> {
  const { train, test } = splitsOf(session, target, seed, samples);
  const images = session.set(target);
  await session.testImages.note(target, 'accuracies after transfer');
  // The same weights for every source, and from scratch: the networks shall differ in what was taken over alone.
  const weights = new Random(seed, FRESH_STREAM).nextU32();
  const net = freshNetwork(session, target, session.settings.training, weights);
  try {
    const { accuracy } = await fineTune(
      net,
      { images: images.train, split: train },
      { images: images.test, split: test },
      {
        name: `${samples} samples of task ${target.id}, seed ${seed}`,
        seed,
        epochs,
        batchSize: BATCH,
        lr: session.settings.training.lr,
        from: source?.stateDict(),
        signal: session.signal,
      },
    );
    return accuracy;
  } finally {
    net.dispose();
  }
}
