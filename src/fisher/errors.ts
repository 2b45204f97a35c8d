import { TaskgradError } from '../../runtime/errors';
import type { Module } from '../nn/module';
import { unlistedIn } from '../nn/unlisted';

/** A Fisher diagonal that cannot be taken, or one that cannot be compared. */
export class FisherError extends TaskgradError {
  constructor(message: string) {
    super('FISHER', message);
  }
}

/** @throws FisherError if a tensor learns in the network that its `parameters()` do not list: it would be left out */
export function checkListed(op: string, net: Module): void {
  const problem = unlistedIn(net);
  if (problem) throw new FisherError(`${op}: ${problem}`);
}
