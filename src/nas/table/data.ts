import type { Nodes } from '../edges';
import type { Join } from '../isomorphism';

/** What version of the format these files are. */
export const TABLE_FORMAT = 'taskgrad table 1';
export const TABLE_SPLITS = ['validation', 'test'] as const;
/** Images that accuracies were measured on. */
export type TableSplit = (typeof TABLE_SPLITS)[number];

/** Accuracies of all cells of a table for one task, on one split. */
export interface TableColumn {
  /** Name of the task, as 'cifar10' or '3'. */
  readonly task: string;
  /** What was measured on. */
  readonly split: TableSplit;
  /** For each seed of the trainings, or for what the source gives as one figure, a percentage a cell; null: not there. */
  readonly accuracy: readonly (readonly (number | null)[])[];
}

/** How and on what the cells of a table of our own were trained. */
export interface TableMaking {
  /** What computed it, as `gpu.adapter` describes it. */
  readonly adapter: string;
  /** Of taskgrad. */
  readonly version: string;
  /** How each cell was trained and measured, by names such as 'epochs'. */
  readonly budget: Readonly<Record<string, number | string>>;
  /** Seconds on the GPU that all trainings took together. */
  readonly gpuSeconds: number;
}

/** What a table of trained cells is, as plain data: the content of its files. */
export interface TableData {
  /** Always `'taskgrad table 1'`. */
  readonly format: typeof TABLE_FORMAT;
  /** What it is called. */
  readonly name: string;
  /** Where the figures are from, and how cells were trained. */
  readonly source: string;
  /** How the cells were trained, where taskgrad did it. */
  readonly made?: TableMaking;
  /** What the cells are made of. */
  readonly space: {
    /** As in `SearchSpace`. */
    readonly name: string;
    /** As in `SearchSpace`. */
    readonly operations: readonly string[];
    /** Nodes of each cell. */
    readonly nodes: Nodes;
    /** What the last node does. */
    readonly joins: Join;
  };
  /** Texts of the cells, as `architectureText` writes them. */
  readonly cells: readonly string[];
  /** Parameters of each cell's network, where they are known. */
  readonly parameters?: readonly number[];
  /** Seeds of the trainings, where they are known; as many as a column has. */
  readonly seeds?: readonly number[];
  /** A column for each task and split. */
  readonly columns: readonly TableColumn[];
}
