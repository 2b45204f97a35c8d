import { existsSync } from 'node:fs';
import { z } from 'zod';
import { disposeOrder } from '../../data/device-set';
import { readJson, writeFileAtomic } from '../../data/files.node';
import { closestTask, distanceMatrix } from '../../fisher/public';
import type { Module } from '../../nn/module';
import { publishedLogDetMeans } from '../../report/published';
import type { Distance, Measure, Training } from '../../report/results';
import { numClasses, type Task, taskSplit } from '../../tasks/task';
import { type Session, taskById } from '../session';
import { type NetworkJob, trainedNetwork } from './networks';

const cellsSchema = z.record(z.string(), z.object({ logdet: z.number(), frechet: z.number() }));

/** The training job of one task and seed in the distance matrix. */
export function distanceJob({ settings }: Session, task: Task, seed: number): NetworkJob {
  return {
    name: `${settings.training.network}-task${task.id}-seed${seed}`,
    task,
    seed,
    training: settings.training,
  };
}
