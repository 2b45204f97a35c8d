import { tagged } from '../../runtime/tags';
import { checker, type Takes } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import type { Op, OpRecord } from './define';
import type { Sample } from './sample';

/** What an op may give: a tensor, several, or several by name. */
type Results = Tensor | readonly Tensor[] | object;

interface Composition<Args extends readonly unknown[], Result extends Results> {
  /** PyTorch's name in camelCase. */
  readonly name: string;
  /** As in `defineOp`. */
  readonly takes: Takes;
  /** Calls other ops, which go on the tape in place of this one. */
  readonly call: (...args: Args) => Result;
  readonly samples: () => readonly Sample<Args>[];
}

/** Makes an op of calls of others, for those that give more than one tensor. Its gradients are those of the others. */
export function composeOp<const Args extends readonly unknown[], Result extends Results>({
  name,
  takes,
  call,
  samples,
}: Composition<Args, Result>): Op<Args, Result> {
  const check = checker(name, takes);
  const tags = { op: name, phase: 'forward' } as const;
  const op = (...args: Args): Result => {
    check(args);
    return tagged(name, tags, () => call(...args));
  };
  const record: OpRecord<Args> = { name, differentiable: true, hasPerSampleRule: false, samples };
  return Object.assign(op, { record });
}
