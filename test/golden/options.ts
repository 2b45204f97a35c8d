import { readGolden } from './read';

export type OptionCase = ReturnType<typeof optionCases>[number];
export const optionCases = () => readGolden('options.json').cases;

/** The arguments of a case's call, with its inputs or what stands for them. */
export function argumentsOf<T>({ op, options, size }: OptionCase, inputs: Readonly<Record<string, T>>): unknown[] {
  const { input, other, logits, labels, targets, ...more } = inputs;
  if (op === 'crossEntropy') return [logits, labels ?? targets, { ...options, ...more }];
  if (op.includes('Pool')) return [input, size, options];
  if (op === 'matmul') return [input, other];
  if (op === 'linear') return [input, more.weight, more.bias];
  if (op === 'batchNorm') return [input, { ...options, ...more }];
  const { weight, ...rest } = more;
  return [input, weight, { ...options, ...rest }];
}
