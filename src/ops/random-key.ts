import { nowOf, type Varying } from '../../runtime/varying';
import { ShapeError } from '../tensor/shape';

/** Names a set of random numbers: the same key gives the same numbers, on every adapter and after a resume. */
export interface RandomKey {
  /** Of the run. */
  readonly seed: number;
  /** Of the call, such as the training step; default 0. */
  readonly offset?: Varying;
}

/** @throws ShapeError unless the number is an integer from 0 to 2³² − 1 */
export function checkWord(op: string, name: string, number: Varying): void {
  const value = nowOf(number);
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return;
  throw new ShapeError(`${op}: ${name} is ${value}, expected a whole number from 0 to 4294967295`);
}
