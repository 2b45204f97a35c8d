import { expect, test } from 'vitest';
import { OptimizerError } from '../../src/optim/optimizer';
import { CosineAnnealingLR, LinearLR, StepLR } from '../../src/optim/schedule';
import { SGD } from '../../src/optim/sgd';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';

const { cases } = readGolden('schedules.json');
type Case = (typeof cases)[number];
const optimizerOf = (lr: number) => new SGD(new Map(), { lr });

function make(golden: Case, optimizer: SGD) {
  return golden.op === 'StepLR'
    ? new StepLR(optimizer, golden.options)
    : new CosineAnnealingLR(optimizer, golden.options);
}

test.each(cases.map((golden) => [golden.op, golden.name, golden] as const))(
  '%s, %s: the rate of each epoch is PyTorch’s',
  (_op, _name, golden) => {
    const optimizer = optimizerOf(golden.options.lr);
    const schedule = make(golden, optimizer);
    const rates = Array.from({ length: golden.options.epochs }, () => {
      const { lr } = optimizer;
      schedule.step();
      return lr;
    });
    expectClose(ref([rates.length], rates), golden.output, { relative: 1e-6, absolute: 1e-9 });
  },
);

test.each(cases.map((golden) => [golden.op, golden.name, golden] as const))(
  '%s, %s: a resumed run steps to its epoch at once',
  (_op, _name, golden) => {
    const optimizer = optimizerOf(golden.options.lr);
    make(golden, optimizer).step(5);
    expect(optimizer.lr).toBeCloseTo(golden.output.data[5], 8);
  },
);

test('a period of 0 epochs is refused', () => {
  const optimizer = optimizerOf(0.1);
  expect(() => new CosineAnnealingLR(optimizer, { tMax: 0 })).toThrow(OptimizerError);
  expect(() => new CosineAnnealingLR(optimizer, { tMax: 0 })).toThrow('CosineAnnealingLR: tMax is 0');
  expect(() => new StepLR(optimizer, { stepSize: 0 })).toThrow('StepLR: stepSize is 0');
  expect(() => new LinearLR(optimizer, { totalIters: 0 })).toThrow('LinearLR: totalIters is 0');
});

test('a factor that is not from 0 to 1 is refused', () => {
  const optimizer = optimizerOf(0.1);
  expect(() => new LinearLR(optimizer, { startFactor: 2 })).toThrow('LinearLR: startFactor is 2, expected');
  expect(() => new LinearLR(optimizer, { endFactor: -1 })).toThrow('LinearLR: endFactor is -1, expected');
  expect(optimizer.lr).toBe(0.1);
});

test('a schedule made beside another one, or on a loaded state, counts from the first rate', () => {
  const optimizer = optimizerOf(0.2);
  new LinearLR(optimizer, { startFactor: 0.5 });
  expect(optimizer.lr).toBeCloseTo(0.1, 8);
  new StepLR(optimizer, { stepSize: 2 }).step(2);
  expect(optimizer.lr).toBeCloseTo(0.02, 8);
  const { steps, groups } = optimizer.state();
  const resumed = optimizerOf(1);
  resumed.loadState({ steps, groups, tensors: new Map() });
  const schedule = new StepLR(resumed, { stepSize: 2 });
  expect(resumed.lr).toBeCloseTo(0.02, 8);
  schedule.loadState({ epoch: 4 });
  expect(resumed.lr).toBeCloseTo(0.002, 8);
  expect(schedule.state()).toEqual({ epoch: 4 });
});
