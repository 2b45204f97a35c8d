import type { Row } from './row';
import { elementwise } from './rows/elementwise';
import { images } from './rows/images';
import { products } from './rows/product';
import { reductions } from './rows/reduction';
import { shapes } from './rows/shape';

/** How each op becomes operators of ONNX, by its name. A new op has a row in one of these, or stands in `WITHOUT`. */
export const ROWS: ReadonlyMap<string, Row> = new Map(
  [elementwise, images, products, reductions, shapes].flatMap((rows) => Object.entries(rows)),
);

const NO_OPERATOR = 'ONNX has no operator for it';
const LOSS = 'it is a loss, which only training needs';
const RANDOM = 'it changes images at random, which only training does';

/** Ops that no file can hold, and why. */
export const WITHOUT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    cholesky: NO_OPERATOR,
    crossEntropy: LOSS,
    logDet: NO_OPERATOR,
    randomCrop: RANDOM,
    randomFlip: RANDOM,
    solveTriangular: NO_OPERATOR,
  }),
);
