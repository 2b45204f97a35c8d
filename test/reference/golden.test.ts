import { describe, expect, test } from 'vitest';
import { readGolden } from '../golden/read';
import { expectClose } from './close';
import { conv2d } from './conv';
import { gelu, relu, sigmoid, tanh } from './elementwise';
import { perSampleSquares } from './fisher';
import { numericGradient } from './gradient';
import { crossEntropy, logSoftmax, softmax } from './loss';
import * as losses from './losses';
import { forward } from './network';
import { batchNorm2dEval, batchNorm2dTrain, updateRunningStatistics } from './norm';
import { avgPool2d, globalAvgPool2d, maxPool2d } from './pool';
import { logSumExp, mean } from './reduce';
import { at, broadcastTo, map, type Ref } from './ref';
import { pad, slice } from './shape';

type Tensors = Record<string, Ref>;

interface Differentiated {
  inputs: Tensors;
  output: Ref;
  gradOutput?: Ref;
  grads: Tensors;
}

/** The stored figures have nine digits; finite differences have about eight. */
const forwardTolerance = { relative: 1e-8, absolute: 1e-14 };
const gradientTolerance = { relative: 1e-6, absolute: 1e-7 };

function expectGradients(golden: Differentiated, f: (inputs: Tensors) => Ref): void {
  const names = Object.keys(golden.inputs);
  const positional = (values: Ref[]) => f(Object.fromEntries(values.map((value, i) => [names[i], value])));
  expect(golden.gradOutput).toBeDefined();
  for (const [name, expected] of Object.entries(golden.grads)) {
    const cotangent = golden.gradOutput ?? golden.output;
    const values = Object.values(golden.inputs);
    const found = numericGradient(positional, values, names.indexOf(name), cotangent);
    expectClose(found, expected, gradientTolerance);
  }
}

function expectSame(golden: Differentiated, f: (inputs: Tensors) => Ref): void {
  expectClose(f(golden.inputs), golden.output, forwardTolerance);
  expectGradients(golden, f);
}

describe('the reference gives the output and gradients of PyTorch', () => {
  for (const golden of readGolden('conv2d.json').cases) {
    test(`conv2d › ${golden.name}`, () => {
      expectSame(golden, ({ input, weight, bias }) => conv2d(input, weight, { bias, ...golden.options }));
    });
  }

  for (const golden of readGolden('pool.json').cases) {
    test(`${golden.op} › ${golden.name}`, () => {
      expectSame(golden, ({ input }) => {
        if (golden.op === 'maxPool2d') return maxPool2d(input, golden.options);
        return golden.op === 'avgPool2d' ? avgPool2d(input, golden.options) : globalAvgPool2d(input);
      });
    });
  }

  for (const golden of readGolden('batchnorm.json').cases) {
    const { training, momentum, eps } = golden.options;
    test(`batchNorm2d › ${golden.name}`, () => {
      expectSame(golden, ({ input, runningMean, runningVar, ...affine }) =>
        training
          ? batchNorm2dTrain(input, { ...affine, eps })
          : batchNorm2dEval(input, runningMean, runningVar, { ...affine, eps }),
      );
      const { input, runningMean, runningVar } = golden.inputs;
      const before = { runningMean, runningVar };
      const after = training ? updateRunningStatistics(input, runningMean, runningVar, momentum) : before;
      expectClose(after.runningMean, golden.outputs.runningMean, forwardTolerance);
      expectClose(after.runningVar, golden.outputs.runningVar, forwardTolerance);
    });
  }

  for (const golden of readGolden('loss.json').cases) {
    test(`${golden.op} › ${golden.name}`, () => {
      expectSame(golden, ({ input, logits, labels }) => {
        if (golden.op === 'crossEntropy') return crossEntropy(logits, labels, golden.options);
        return { softmax, logSoftmax, logSumExp }[golden.op](input, golden.options.axis);
      });
    });
  }

  for (const golden of readGolden('losses.json').cases) {
    test(`${golden.op} › ${golden.name}: the output`, () => {
      const { input, labels, target = labels, weight, posWeight, x1 = input, x2 = target } = golden.inputs;
      const call = { ...losses }[golden.op] as (...args: readonly unknown[]) => Ref;
      const given = { ...golden.options, ...(weight && { weight }), ...(posWeight && { posWeight }) };
      expectClose(call(x1, x2, given), golden.output, forwardTolerance);
    });
  }

  for (const golden of readGolden('activations.json').cases) {
    test(`${golden.op} › ${golden.name}`, () => {
      const f = { relu, sigmoid, tanh, gelu }[golden.op];
      expectClose(f(golden.inputs.input), golden.output, forwardTolerance);
      // Differences cannot see which one-sided slope relu takes at its corner: move off it.
      if (golden.op === 'relu') golden.inputs.input = map(golden.inputs.input, (v) => v - 1e-4 * +(v === 0));
      expectGradients(golden, ({ input }) => f(input));
    });
  }
});

/** ReLU, depthwise (dilated) convolution, pointwise convolution, batch norm by the batch's statistics. */
function depthwisePointwise(x: Ref, depthwise: Ref, pointwise: Ref, padding: number, dilation: number): Ref {
  const spread = conv2d(relu(x), depthwise, {
    padding: [padding, padding],
    dilation: [dilation, dilation],
    groups: depthwise.shape[0],
  });
  return batchNorm2dTrain(conv2d(spread, pointwise));
}

const cellOperations = {
  conv_7x1_1x7: (t: Tensors) => {
    const wide = conv2d(relu(t.input), t['1.weight'], { padding: [0, 3] });
    return batchNorm2dTrain(conv2d(wide, t['2.weight'], { padding: [3, 0] }));
  },
  sep_conv_3x3: (t: Tensors) => {
    const half = depthwisePointwise(t.input, t['1.weight'], t['2.weight'], 1, 1);
    return depthwisePointwise(half, t['5.weight'], t['6.weight'], 1, 1);
  },
  dil_conv_5x5: (t: Tensors) => depthwisePointwise(t.input, t['1.weight'], t['2.weight'], 4, 2),
};

describe('a cell operation made of reference ops gives the output and gradients of PyTorch', () => {
  for (const golden of readGolden('cell.json').cases) {
    test(golden.op, () => {
      expectSame(golden, cellOperations[golden.op]);
    });
  }
});

describe('perSampleSquares gives the Fisher diagonal of PyTorch', () => {
  for (const golden of readGolden('fisher.json').cases) {
    if (golden.op !== 'diagonal') continue;
    const { layers, classes, estimator } = golden.options;
    const { inputs, labels, ...state } = golden.inputs;
    const count = labels.data.length;
    const names = Object.keys(golden.outputs);

    const logProbabilities = (params: Ref[], x: Ref): Ref => {
      const own = Object.fromEntries(params.map((param, i) => [names[i], param]));
      const logits = forward(layers, { ...state, ...own }, x);
      return logSoftmax(pad(logits, [0, classes - logits.shape[1]]), 1);
    };
    const logProbability = (params: Ref[], sample: number, label: number): number =>
      at(logProbabilities(params, slice(inputs, 0, sample, sample + 1)), [0, label]);

    test(golden.name, () => {
      const params = names.map((name) => state[name]);
      const weights = map(logProbabilities(params, inputs), Math.exp);
      const ofMean = () =>
        perSampleSquares(
          (p) => {
            const rows = logProbabilities(p, inputs);
            return labels.data.reduce((total, label, n) => total - at(rows, [n, label]), 0) / count;
          },
          params,
          1,
        );
      const squares = {
        empirical: () => perSampleSquares((p, n) => logProbability(p, n, labels.data[n]), params, count),
        // p (∂ log p)² = (√p ∂ log p)²: each pair of sample and class is a sample of its own.
        exact: () =>
          perSampleSquares(
            (p, i) => {
              const [sample, label] = [Math.floor(i / classes), i % classes];
              return Math.sqrt(at(weights, [sample, label])) * logProbability(p, sample, label);
            },
            params,
            count * classes,
          ),
        batch: ofMean,
        original: () => ofMean().map((square) => broadcastTo(mean(square, 0, true), square.shape)),
      }[estimator]();
      const divisor = estimator === 'batch' || estimator === 'original' ? 1 : count;
      names.forEach((name, i) => {
        const found = map(squares[i], (v) => v / divisor);
        expectClose(found, golden.outputs[name], { relative: 1e-6, absolute: 1e-10 });
      });
      expectClose(forward(layers, state, inputs), golden.output, forwardTolerance);
    });
  }
});

describe('the stored figures that have no reference here', () => {
  test('optimiser paths start from their parameter and take ten steps', () => {
    for (const { inputs, output } of readGolden('optim.json').cases) {
      expect(output.shape).toEqual(inputs.gradients.shape);
      expect(output.shape).toEqual([10, ...inputs.param.shape]);
    }
  });

  test('schedules start from their base rate', () => {
    for (const { options, output } of readGolden('schedules.json').cases) {
      expect(output.data[0]).toBe(options.lr);
      expect(output.shape).toEqual([options.epochs]);
    }
  });
});
