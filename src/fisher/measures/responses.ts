import { graphOf } from '../../autograd/tape';
import type { Batches } from '../../data/batch';
import { switchMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import { IGNORE_INDEX } from '../../ops/cross-entropy';
import { knownValues } from '../../tensor/host-values';
import type { Tensor } from '../../tensor/tensor';
import { checkTargets } from '../../training/labels';
import { FisherError } from '../errors';
import { checkedBatches } from '../guard';
import { headOf, isOf } from '../head';
import { checkRows, emptyError, outputsOf, tokensOf } from '../targets';
import type { Rows } from './rows';

/** What a network makes of samples that have labels. */
export interface Responses {
  /** Logits [N, classes]. */
  readonly outputs: Rows;
  /** What the head sees [N, D]. */
  readonly features: Rows;
  readonly labels: Int32Array;
}

/** The weight and the bias of a network's head. */
export interface HeadTensors {
  readonly weight: Tensor;
  readonly bias?: Tensor;
}

/** @throws FisherError unless the last parameters are those of a linear layer */
export function headTensors(op: string, net: Module): HeadTensors {
  const parameters = net.parameters();
  const head = headOf(parameters);
  const own = [...parameters].filter(([name]) => isOf(head, name)).map(([, tensor]) => tensor);
  const weight = own.find(({ shape }) => shape.length === 2);
  if (weight) return { weight, bias: own.find(({ shape }) => shape.length === 1) };
  const shapes = own.map(String).join(', ');
  throw new FisherError(
    `${op}: the network's last parameters are ${shapes || 'none'}, expected those of a linear layer, its head; end the network in nn.Linear`,
  );
}

/**
 * One forward pass of a network over samples, in evaluation mode. Samples of the label −100 are left out; where samples are
 * sequences, tokens are rows.
 * @throws FisherError without samples, or on a network that does not end in a linear layer; StrayLabelError; ShapeError
 */
export async function responsesOf(
  op: string,
  net: Module,
  batches: Batches,
  classes: number,
): Promise<Responses> {
  const { weight } = headTensors(op, net);
  const parts: { labels: Int32Array; outputs: Float32Array; features: Float32Array }[] = [];
  let [samples, outputCount] = [0, 0];
  const restore = switchMode(net, false);
  try {
    for await (const { inputs, labels } of checkedBatches(op, batches)) {
      const given = Int32Array.from(knownValues(labels) ?? (await labels.data()));
      const what = { what: op, labels: given, first: samples, each: tokensOf(labels) };
      checkTargets({ ...what, remedy: "pass the task's number of classes" }, classes);
      const { logits, features } = inputs.gpu.scope(() => {
        const logits = net.forward(inputs);
        outputCount = outputsOf(op, logits);
        checkRows(op, labels, logits);
        const features = seenBy(op, weight, logits);
        return { logits, features: features.alias(features.shape) };
      });
      const [outputs, seen] = await Promise.all([logits.data(), features.data()]);
      logits.dispose();
      features.dispose();
      parts.push({ labels: given, outputs: Float32Array.from(outputs), features: Float32Array.from(seen) });
      samples += labels.shape[0];
    }
  } finally {
    restore();
  }
  const kept = parts.map(({ labels }) => [...labels.keys()].filter((n) => labels[n] !== IGNORE_INDEX));
  const labels = Int32Array.from(parts.flatMap(({ labels }, i) => kept[i].map((n) => labels[n])));
  if (labels.length === 0) throw emptyError(op, samples);
  const rowsOf = (columns: number, of: (part: (typeof parts)[number]) => Float32Array): Rows => {
    const values = new Float64Array(labels.length * columns);
    let row = 0;
    for (const [i, part] of parts.entries())
      for (const n of kept[i]) values.set(of(part).subarray(n * columns, (n + 1) * columns), columns * row++);
    return { rows: labels.length, columns, values };
  };
  return {
    labels,
    outputs: rowsOf(outputCount, ({ outputs }) => outputs),
    features: rowsOf(weight.shape[1], ({ features }) => features),
  };
}

/** What the head was given in the forward pass that led to the logits. */
function seenBy(op: string, weight: Tensor, logits: Tensor): Tensor {
  const calls = graphOf(logits).filter(({ inputs }) => inputs.includes(weight));
  const [input] = calls[0]?.inputs ?? [];
  if (calls.length === 1 && input && input !== weight) return input;
  throw new FisherError(
    `${op}: the head is used ${calls.length} times in a forward pass, expected once, on the features; end the network in one nn.Linear`,
  );
}
