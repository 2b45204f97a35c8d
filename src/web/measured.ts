/** What several messages have in common. Plain data. */

/** Networks of the page, by the names of the catalogue. */
export type NetworkChoice = 'smallCifarNet' | 'NN2';

/** A layer's Fisher values as a picture. */
export interface FisherLayer {
  readonly name: string;
  readonly shape: readonly number[];
  /** Of the picture, which is not larger than the screen can show: a pixel is the mean over its values. */
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
  /** Of the whole network's sum, in [0, 1]. */
  readonly share: number;
}

/** A distance from a task to another, of networks of one kind. */
export interface MatrixCell {
  readonly source: string;
  readonly target: string;
  readonly logdet: number;
  readonly frechet: number;
}
