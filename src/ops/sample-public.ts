/** The public `samples`: made-up arguments for ops, as `gradientCheck` takes them. */
export {
  awayFromZero,
  constant,
  distinct,
  indices,
  integers,
  positive,
  positiveDefinite,
  randn,
  sample,
  values,
} from './sample';
