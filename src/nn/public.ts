/** The public `nn`. */
export { GELU, Identity, LeakyReLU, Sigmoid, SiLU, Softmax, Tanh } from './activations';
export { type AttendOptions, MultiheadAttention, type MultiheadAttentionOptions } from './attention';
export { ModuleDict, ModuleList } from './containers';
export { Conv1d, type Conv1dLayerOptions, ConvTranspose2d, type ConvTranspose2dLayerOptions } from './convs';
export { Embedding, type EmbeddingLayerOptions } from './embedding';
export * as init from './init';
export {
  BatchNorm2d,
  type BatchNorm2dLayerOptions,
  Conv2d,
  type Conv2dLayerOptions,
  Dropout,
  Flatten,
  Linear,
  type LinearOptions,
  ReLU,
  ReLU6,
  Sequential,
} from './layers';
export { checkpoint, Module, StateDictError, type StateEntry } from './module';
export {
  BatchNorm1d,
  GroupNorm,
  type GroupNormLayerOptions,
  LayerNorm,
  type LayerNormLayerOptions,
} from './norms';
export type { PaddingMode } from './padded';
export { AvgPool2d, GlobalAvgPool2d, MaxPool2d, type PoolLayerOptions } from './pools';
export type { CellState, Recurrence, Recurrent, RecurrentOptions } from './recurrent';
export { GRU, LSTM, RNN, type RnnOptions } from './recurrent-layers';
export { AdaptiveAvgPool2d, Upsample } from './resizing';
export { TransformerEncoderLayer, type TransformerEncoderLayerOptions } from './transformer';
