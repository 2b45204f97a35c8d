export const FIRST_WEIGHTS = ['default', 'xavier'] as const;
/** What convolutions begin with: PyTorch's default, or Xavier-uniform. Linear layers have PyTorch's default. */
export type FirstWeights = (typeof FIRST_WEIGHTS)[number];
