import type { Row } from './row';
import { comparisons } from './rows/comparison';
import { elementwise } from './rows/elementwise';
import { images } from './rows/images';
import { norms } from './rows/norms';
import { places } from './rows/places';
import { pools } from './rows/pools';
import { products } from './rows/product';
import { reductions } from './rows/reduction';
import { resizing } from './rows/resize';
import { shapes } from './rows/shape';
import { units } from './rows/units';

const FAMILIES = [
  comparisons,
  elementwise,
  images,
  norms,
  places,
  pools,
  products,
  reductions,
  resizing,
  shapes,
  units,
];

/** How each op becomes operators of ONNX, by its name. A new op has a row in one of these, or stands in `WITHOUT`. */
export const ROWS: ReadonlyMap<string, Row> = new Map(FAMILIES.flatMap((rows) => Object.entries(rows)));

const NO_OPERATOR = 'ONNX has no operator for it';
const LOSS = 'it is a loss, which only training needs';
const RANDOM = 'it changes images at random, which only training does';

/** Ops that no file can hold, and why. */
export const WITHOUT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    bce: LOSS,
    bceWithLogits: LOSS,
    cholesky: NO_OPERATOR,
    crossEntropy: LOSS,
    huber: LOSS,
    klDiv: LOSS,
    l1: LOSS,
    logDet: NO_OPERATOR,
    mse: LOSS,
    nll: LOSS,
    randomCrop: RANDOM,
    randomFlip: RANDOM,
    smoothL1: LOSS,
    solveTriangular: NO_OPERATOR,
  }),
);

/** Ops that only call others: a file has those. */
export const OF_OTHERS: ReadonlySet<string> = new Set(['chunk', 'einsum', 'split']);
