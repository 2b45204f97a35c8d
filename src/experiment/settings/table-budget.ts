import { z } from 'zod';
import { HEADS } from '../../nas/backbone';

const count = z.int().positive();

/** How the cells of a table are trained and measured: all alike, and cheaply. */
export const tableBudgetSchema = z.strictObject({
  /** Each pixel is the mean of so many × so many of the data set's. */
  shrink: count,
  /** Channels of a cell's nodes. */
  channels: count,
  /** What the linear layer sees; see `CellSight`. */
  head: z.enum(HEADS),
  /** Images to train on; the same for all cells and seeds. */
  images: count,
  /** Training images that no cell learns from. */
  validationImages: count,
  /** Test images, at most. */
  testImages: count,
  /** Images that batch norm normalises together when a cell is measured; left out: by running statistics. */
  together: count.optional(),
  epochs: count,
  batchSize: count,
  /** Adam's first learning rate; it falls to 0 by a cosine. */
  lr: z.number().positive(),
});
export type TableBudget = z.infer<typeof tableBudgetSchema>;

/**
 * Four seconds of CPU time a cell on lavapipe. On MNIST, all digits, networks differ by 9.3 points (sd) over the whole table,
 * seeds of a network by 2.5. Chosen by a pilot of 8 cells with 2 seeds each, where it had 20.1 and 2.1. Others that were tried
 * so: half the epochs, 12 channels and batches of 16, 16.7 and 3.8, but 10.9 and 4.5 over 436 networks of a table; 28 × 28
 * pixels and 8 channels, 17.8 and 6.9 at four times the CPU time; 28 × 28 pixels, 1 channel and a head that sees every pixel,
 * 1.5 and 1.3, so that cells hardly matter. (The last two drew other images for each seed.)
 */
export const SMALL_BUDGET: TableBudget = {
  shrink: 4,
  channels: 16,
  head: 'mean',
  images: 512,
  validationImages: 512,
  testImages: 1000,
  together: 500,
  epochs: 6,
  batchSize: 32,
  lr: 0.03,
};
