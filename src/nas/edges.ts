/** Edges of a cell by its number of nodes: edge 'ij' carries node i's output to node j. */
const EDGES = {
  3: ['01', '02', '12'],
  4: ['01', '02', '03', '12', '13', '23'],
} as const;

/** Nodes of a cell, the input among them. */
export type Nodes = keyof typeof EDGES;

/** Names of a cell's edges, in order. */
export const cellEdges = (nodes: Nodes): readonly string[] => EDGES[nodes];
