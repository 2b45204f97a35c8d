/** Data that jobs are given. In keys it stands for by what it holds, so that it may lie anywhere. */
export interface DataSet<Content = unknown> {
  /** For messages. */
  readonly name: string;
  /** Of all that it holds. */
  readonly sha256: string;
  /** What it holds. */
  readonly content: Content;
}

/** Finds data by its hash; undefined where it is not at hand. */
export type DataSource = (sha256: string) => DataSet | undefined | Promise<DataSet | undefined>;

const dataSets = new WeakSet<object>();

export function markDataSet<Content>(set: DataSet<Content>): DataSet<Content> {
  dataSets.add(set);
  return set;
}

export const isDataSet = (value: object): value is DataSet => dataSets.has(value);
