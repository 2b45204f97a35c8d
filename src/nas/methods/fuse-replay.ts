import type { Replay } from '../replay/game';

/** K, the default of searches. */
const CANDIDATES = 3;

/**
 * FUSE's tournament with accuracies in the place of α. The survivor of a round is trained anew in the next one, beside
 * new cells, and so it is asked for again.
 */
export const replay: Replay = (game) => {
  let survivor: number | undefined;
  while (game.left > 0) {
    let best = { cell: -1, accuracy: Number.NEGATIVE_INFINITY };
    for (let k = 0; k < CANDIDATES && game.left > 0; k++) {
      const cell: number = k === 0 && survivor !== undefined ? survivor : game.drawNew();
      const accuracy = game.ask(cell);
      if (accuracy > best.accuracy) best = { cell, accuracy };
    }
    survivor = best.cell;
  }
};
