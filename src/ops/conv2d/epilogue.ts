import type { Constants } from '../../../runtime/kernel';
import { knowSnippets } from '../../../runtime/wgsl/imports';
import epilogue from '../../../shaders/snippets/epilogue.wgsl';
import type { Epilogue } from '../matmul/epilogue';

knowSnippets({ epilogue });

/** Constants of shaders/snippets/epilogue.wgsl. */
export const epilogueConstants = ({ bias, relu = false }: Epilogue): Constants => ({
  BIASED: Number(bias !== undefined),
  RELU: Number(relu),
});
