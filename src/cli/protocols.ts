import { z } from 'zod';
import { FIRST_WEIGHTS } from '../nas/fresh-network';
import { SCHEDULES } from '../nas/train-winner';
import { PROTOCOL_NAMES, type ProtocolName } from '../report/protocol';
import { NEGATIVES } from '../tasks/task';

/** What a protocol decides, whatever the preset. `src/report/fidelity/` says why, rule by rule. */
export const protocolSchema = z.strictObject({
  name: z.enum(PROTOCOL_NAMES),
  /** The rest of a task. */
  negatives: z.enum(NEGATIVES),
  /** Whether MNIST's tasks of one digit or of all exchange the labels 1 and 6. */
  exchangedDigits: z.boolean(),
  /** Whether `augment` moves digits, too; it never mirrors them. */
  movedDigits: z.boolean(),
  /** Of the winner's convolutions: in the last training, and in FUSE when it meets new rivals. */
  winnerWeights: z.enum(FIRST_WEIGHTS),
  /** Learning rate of the last training. */
  schedule: z.enum(SCHEDULES),
  /** Whether batch norm learns scale and shift in the last training. */
  affine: z.boolean(),
});
export type Protocol = z.infer<typeof protocolSchema>;

/** A row a protocol: the rules, and what it sets over every preset. */
export const PROTOCOLS = {
  corrected: {
    rules: {
      negatives: 'random',
      exchangedDigits: false,
      movedDigits: true,
      winnerWeights: 'default',
      schedule: 'cosine',
      affine: true,
    },
    fisher: {},
  },
  original: {
    rules: {
      negatives: 'first',
      exchangedDigits: true,
      movedDigits: false,
      winnerWeights: 'xavier',
      schedule: 'constant',
      affine: false,
    },
    fisher: { estimator: 'original', head: 'padded', epsilon: 1e-10, average: false, images: 'test' },
  },
} as const satisfies Record<ProtocolName, { rules: Omit<Protocol, 'name'>; fisher: object }>;
