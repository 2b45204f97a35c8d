import { noGrad } from '../../autograd/tape';
import type { DeviceImages } from '../../data/device-images';
import { switchMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import type { Split } from '../../tasks/task';
import { batchesOf } from './lab';

/** An image that a network takes for another class. */
export interface Mistake {
  /** Among the images asked about. */
  readonly place: number;
  readonly label: number;
  readonly answer: number;
  /** Of the answer, in [0, 1]. */
  readonly probability: number;
}

/** What a network says of labelled images. */
export interface Judged {
  /** Mean cross-entropy. */
  readonly loss: number;
  /** Share in [0, 1]. */
  readonly accuracy: number;
  /** Images by their label and the answer, [classes][classes]. */
  readonly confusion: readonly (readonly number[])[];
  /** In the order of the images. */
  readonly mistakes: readonly Mistake[];
}

/** Compares answers with labels. `logits` are [N, classes] of N images. */
export function judge(logits: ArrayLike<number>, labels: ArrayLike<number>): Judged {
  const images = labels.length;
  const classes = logits.length / images;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const mistakes: Mistake[] = [];
  let loss = 0;
  for (let place = 0; place < images; place++) {
    const row = Array.from({ length: classes }, (_, k) => logits[place * classes + k]);
    const largest = Math.max(...row);
    const answer = row.indexOf(largest);
    const sum = row.reduce((all, value) => all + Math.exp(value - largest), 0);
    const label = labels[place];
    loss += Math.log(sum) + largest - row[label];
    confusion[label][answer] += 1;
    if (answer !== label) mistakes.push({ place, label, answer, probability: 1 / sum });
  }
  return { loss: loss / images, accuracy: 1 - mistakes.length / images, confusion, mistakes };
}

/** Has a network answer to images, in evaluation mode. */
export async function judgeTest(
  images: DeviceImages,
  net: Module,
  split: Split,
  batchSize: number,
): Promise<Judged> {
  const pending: Promise<ArrayLike<number>>[] = [];
  for (const { inputs } of batchesOf(images, split, batchSize)) {
    const restore = switchMode(net, false);
    const logits = images.gpu.scope(() => noGrad(() => net.forward(inputs)));
    restore();
    pending.push(logits.data());
    logits.dispose();
    await images.gpu.pace();
  }
  const parts = await Promise.all(pending);
  return judge(
    parts.flatMap((part) => Array.from(part)),
    split.labels,
  );
}
