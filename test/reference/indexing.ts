import { at, build, positiveAxis, type Ref } from './ref';

/** Rows of weight [V, D] named by indices of any shape: [...indices, D]. */
export const embedding = (indices: Ref, weight: Ref): Ref =>
  build([...indices.shape, weight.shape[1]], (index) =>
    at(weight, [at(indices, index.slice(0, -1)), ...index.slice(-1)]),
  );

/** out[i][j][k] = x[i][index[i][j][k]][k] for axis 1, and so on: torch.gather. The result has index's shape. */
export function gather(x: Ref, axis: number, index: Ref): Ref {
  const along = positiveAxis(axis, x.shape.length);
  return build(index.shape, (position) => at(x, position.with(along, at(index, position))));
}

/** 1 at the label, 0 elsewhere: [...labels, classes]. */
export const oneHot = (labels: Ref, classes: number): Ref =>
  build([...labels.shape, classes], (index) =>
    at(labels, index.slice(0, -1)) === index[index.length - 1] ? 1 : 0,
  );
