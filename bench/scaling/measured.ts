import { z } from 'zod';

const amount = z.number().nonnegative();

/** What was measured, and where: `npm run scaling -- --measure RUN` writes it. */
export const measuredSchema = z.strictObject({
  /** Day, adapter and processor. */
  at: z.string(),
  /** Jobs of a run with preset quick: what they took, steps if they train, and what their artefacts weigh in the store. */
  jobs: z.array(
    z.strictObject({ kind: z.string(), seconds: amount, steps: amount.optional(), bytes: amount }),
  ),
  /** Of each network of the paper preset at 3×32×32: parameters, and GFLOP of a training step for an image. */
  networks: z.record(z.string(), z.strictObject({ parameters: amount, gflop: amount })),
  /** Of a training step of vgg16, by the CPU time of all threads over the processor's cores. */
  gflopsPerSecond: amount,
  /** Of SHA-256 over what is read from a store, by CPU time. */
  hashBytesPerSecond: amount,
  /**
   * Jobs that compute nothing, through BullMQ, Redis and the folder store on one machine; CPU in seconds, that of the server
   * beyond what it uses without any worker.
   */
  queue: z.strictObject({
    commandsPerJob: amount,
    serverCpuPerJob: amount,
    plannerCpuPerJob: amount,
    /** Of a worker in a second without a job, and with one that shows progress. */
    idle: z.strictObject({ commands: amount, serverCpu: amount }),
    busy: z.strictObject({ commands: amount, serverCpu: amount, plannerCpu: amount }),
  }),
});
export type Measured = z.infer<typeof measuredSchema>;
