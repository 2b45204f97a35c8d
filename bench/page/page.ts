// What a page of suite `page` runs: our engine, jax-js and tfjs on the adapter that Chromium gives.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-webgpu';
import { openGpu } from '../../src/browser';
import { check } from '../case';
import { type Contestant, compete, type Timing } from '../contest';
import { smallCifar } from '../nets/nets';
import { type State, startingState } from '../nets/start';
import { openPeerTraining, openTraining } from '../nets/training';
import { openPeer } from '../peer';
import type { Row } from '../row';
import { PAGE_CASES } from './cases';
import { openJax } from './jax';
import { jaxSmallCifarNet, openJaxTraining } from './jax-training';

export const PAGE_LIBRARIES = ['taskgrad', 'jax-js', 'tfjs-webgpu'] as const;
export type PageLibrary = (typeof PAGE_LIBRARIES)[number];

/** Names and shapes of a network's tensors. */
export type Shapes = readonly (readonly [name: string, shape: readonly number[]])[];

/** What Node asks of a page. */
export interface PageBench {
  readonly works: readonly Pick<Row, 'work' | 'shape' | 'target'>[];
  /** Opens all libraries. Returns what our adapter says of itself. */
  readonly open: () => Promise<string>;
  /** Milliseconds of a work by its number, in the order of PAGE_LIBRARIES. @throws Error if results differ */
  readonly run: (work: number, quick: boolean) => Promise<Timing[]>;
  /** The first training step of the small CIFAR net, from the opening of the library until its loss is read. */
  readonly first: (library: PageLibrary, shapes: Shapes) => Promise<FirstStep>;
}

export interface FirstStep {
  readonly milliseconds: number;
  readonly loss: number;
}

declare global {
  var pageBench: PageBench;
}

const openTfjs = () => openPeer(tf, 'tfjs-webgpu');

let opened: {
  readonly gpu: Awaited<ReturnType<typeof openGpu>>;
  readonly peer: Awaited<ReturnType<typeof openTfjs>>;
};

/** Compares results first, so that nothing wrong is timed. */
async function run(work: number, quick: boolean): Promise<Timing[]> {
  const { gpu, peer } = opened;
  const one = PAGE_CASES[work];
  const { ours, peer: openWork } = one.open(gpu);
  const theirs = openWork(peer);
  if (typeof theirs === 'string') throw new Error(`${peer.name}: ${theirs}`);
  const jax = one.jax(gpu);
  const contestants = [ours, jax, theirs];
  try {
    await check(
      one,
      ours,
      new Map([
        ['jax-js', jax],
        [peer.name, theirs],
      ]),
    );
    return await compete(contestants, quick);
  } finally {
    for (const { dispose } of contestants) dispose();
  }
}

const FIRST: Record<PageLibrary, (state: State) => Promise<Contestant>> = {
  taskgrad: async () => {
    const training = openTraining(await openGpu(), smallCifar);
    await training.warmUp();
    return training;
  },
  'jax-js': async (state) => {
    await openJax();
    return openJaxTraining(smallCifar, jaxSmallCifarNet, state);
  },
  'tfjs-webgpu': async (state) => openPeerTraining(await openTfjs(), smallCifar, state),
};

globalThis.pageBench = {
  works: PAGE_CASES.map(({ work, shape, target }) => ({ work, shape, target })),
  open: async () => {
    const gpu = await openGpu();
    await openJax();
    opened = { gpu, peer: await openTfjs() };
    return gpu.adapter.description;
  },
  run,
  first: async (library, shapes) => {
    const state = startingState(new Map(shapes.map(([name, shape]) => [name, { shape }])));
    const start = performance.now();
    const training = await FIRST[library](state);
    await training.run();
    const [loss] = Array.from(await training.result());
    return { milliseconds: performance.now() - start, loss };
  },
};
