/** A profile of one kernel. */
export const PROFILE = {
  adapter: { kind: 'gpu', description: 'a GPU', software: false },
  source: 'timestamp-query',
  wallSeconds: 2,
  gpuSeconds: 1,
  dispatches: 3,
  submits: 1,
  readbacks: 1,
  kernels: [
    {
      ...{ kernel: 'k', variant: 'v', phase: 'forward', op: 'add', layer: '0', shape: '[2, 3]', calls: 3 },
      ...{ seconds: 1, shortest: 0.1, longest: 0.5, flops: 12, bytes: 24 },
    },
  ],
  limits: { flopsPerSecond: 1e9, bytesPerSecond: 1e9, launchSeconds: 1e-6 },
};

/** A file of own tasks. */
export const TASKS = [
  {
    id: 'vehicles',
    name: 'vehicles vs rest',
    dataset: 'cifar10',
    kind: 'binary',
    positives: ['automobile', 9],
  },
  { id: 'pets', name: 'all my pets', dataset: { folders: 'pets', size: 32, channels: 3 }, kind: 'all' },
];
