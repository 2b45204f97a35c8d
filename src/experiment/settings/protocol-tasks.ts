import { exchangeDigits } from '../../tasks/exchanged-digits';
import { evenAsPositive, programRest } from '../../tasks/program-tasks';
import type { TaskSpec } from '../../tasks/spec';
import type { SplitOptions, Task } from '../../tasks/task';
import type { Protocol } from './protocols';

/** A task as the protocol sees it. */
export function protocolSpec(spec: TaskSpec, { exchangedDigits, evenIsOne }: Protocol): TaskSpec {
  const seen = exchangedDigits ? exchangeDigits(spec) : spec;
  return evenIsOne ? evenAsPositive(seen) : seen;
}

/** How the protocol cuts the rest of a task's training or test images. */
export const restOptions = (protocol: Protocol, task: Task, part: 'train' | 'test'): SplitOptions => ({
  negatives: protocol.negatives,
  rest: programRest(task, part, protocol),
});
