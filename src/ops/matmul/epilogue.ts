import type { Tensor } from '../../tensor/tensor';

/** What a kernel does to its sums before it stores them; see shaders/snippets/told_epilogue.wgsl. */
export interface Epilogue {
  /** Added: one number a column of a product, or a channel. */
  readonly bias?: Tensor;
  /** Whether max(x, 0) is stored. */
  readonly relu?: boolean;
}

/** What `told_epilogue` is told, the last members of a kernel's uniforms. */
export const epilogueUniforms = ({ bias, relu = false }: Epilogue) => ({
  biased: Number(bias !== undefined),
  rectifies: Number(relu),
});
