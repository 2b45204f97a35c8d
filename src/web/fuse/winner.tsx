import type { Send } from '../connection';
import { Facts } from '../parts';
import type { Winner } from '../protocol';
import { count, percent } from '../words';
import { Cell, type Effects } from './cell';
import { Exports } from './exports';

/** How a winner was made, in words. */
export function trainedOn(winner: Winner | undefined): string {
  if (!winner) return 'Trained from scratch on a part of the training images, then tested once.';
  const { used, all } = winner.trainImages;
  const which = used < all ? `${count(used)} of the task’s ${count(all)}` : `all ${count(all)}`;
  return `Trained from scratch on ${which} training images, then tested once.`;
}

/** A cell that is trained: how good it is, what it looks like, and as what it can be taken away. */
export function WinnerView({
  winner,
  effects,
  task,
  title,
  send,
}: {
  winner: Winner;
  effects: Effects;
  task: string;
  title: string;
  send: Send;
}) {
  const { genotype, testError, testImages, parameters } = winner;
  return (
    <>
      <Facts
        facts={[
          { name: 'Test error', value: percent(testError, 2), unit: '%' },
          { name: 'Test images', value: count(testImages) },
          { name: 'Parameters', value: count(parameters) },
        ]}
      />
      <Cell genotype={genotype} effects={effects} title={title} />
      <Exports
        winner={winner}
        effects={effects}
        task={task}
        name={`fuse-task${task}-${genotype.hash}`}
        send={send}
      />
    </>
  );
}
