import { describe, expect, test } from 'vitest';
import { Adam } from '../../src/optim/adam';
import { OneCycleLR, type OneCycleOptions } from '../../src/optim/one-cycle';
import { type Optimizer, OptimizerError } from '../../src/optim/optimizer';
import { ReduceLROnPlateau } from '../../src/optim/plateau';
import { CosineAnnealingLR, LinearLR, StepLR } from '../../src/optim/schedule';
import { SequentialLR } from '../../src/optim/sequential';
import { SGD } from '../../src/optim/sgd';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';

const { cases } = readGolden('rates.json');
type Case<Op> = Extract<(typeof cases)[number], { op: Op }>;
const casesOf = <Op extends (typeof cases)[number]['op']>(op: Op) =>
  cases
    .filter((golden): golden is Case<Op> => golden.op === op)
    .map((golden) => [golden.name, golden] as const);

/** Two groups, as in golden/makers/rates.py. */
function optimizerOf(op: 'SGD' | 'Adam' = 'SGD'): Optimizer {
  const groups = [0.2, 0.05].map((lr) => ({ params: new Map(), lr }));
  return op === 'Adam' ? new Adam(groups) : new SGD(groups, { lr: 1, momentum: 0.9 });
}
const ratesOf = ({ paramGroups }: Optimizer) => paramGroups.map(({ lr }) => lr);
const EXACT = { relative: 1e-8, absolute: 1e-12 };

describe('LinearLR', () => {
  test.each(casesOf('LinearLR'))('%s: rates are PyTorch’s, also where a run is resumed', (_, golden) => {
    const optimizer = optimizerOf();
    const schedule = new LinearLR(optimizer, golden.options);
    const [rates, resumed]: number[][] = [[], []];
    for (let epoch = 0; epoch < golden.output.shape[0]; epoch++) {
      rates.push(...ratesOf(optimizer));
      const other = optimizerOf();
      new LinearLR(other, golden.options).step(epoch);
      resumed.push(...ratesOf(other));
      schedule.step();
    }
    expectClose(ref(golden.output.shape, rates), golden.output, EXACT);
    expectClose(ref(golden.output.shape, resumed), golden.output, EXACT);
  });
});

describe('OneCycleLR', () => {
  const one = (optimizer: Optimizer, options: OneCycleOptions) => new OneCycleLR(optimizer, options);

  test.each(casesOf('OneCycleLR'))('%s: rates and momenta of each step are PyTorch’s', (_, golden) => {
    const optimizer = optimizerOf(golden.options.optimizer);
    const schedule = one(optimizer, golden.options.schedule);
    const [rates, momenta]: number[][] = [[], []];
    for (let step = 0; step < golden.output.shape[0]; step++) {
      rates.push(...ratesOf(optimizer));
      momenta.push(...optimizer.paramGroups.map(({ betas, momentum }) => betas?.[0] ?? momentum ?? 0));
      schedule.step();
    }
    expectClose(ref(golden.output.shape, rates), golden.output, EXACT);
    expectClose(ref(golden.output.shape, momenta), golden.outputs.momenta, EXACT);
  });

  test('stays at its last rate when the last training step has been made, and says where it is asked for more', () => {
    const optimizer = optimizerOf();
    const schedule = one(optimizer, { maxLr: 1, totalSteps: 4, annealStrategy: 'linear' });
    for (let step = 0; step < 4; step++) schedule.step();
    expect(ratesOf(optimizer)).toEqual([4e-6, 4e-6].map((rate) => expect.closeTo(rate, 12)));
    expect(() => schedule.step()).toThrow('OneCycleLR: step 5 of 4; make it for more steps');
  });

  test('goes to a step at once where a run is resumed', () => {
    const [golden] = casesOf('OneCycleLR')[0].slice(1) as [Case<'OneCycleLR'>];
    const optimizer = optimizerOf();
    one(optimizer, golden.options.schedule).loadState({ epoch: 7 });
    expect(ratesOf(optimizer)).toEqual(
      [...golden.output.data].slice(14, 16).map((rate) => expect.closeTo(rate, 9)),
    );
  });

  test.each<[string, OneCycleOptions]>([
    ['there are 0 steps, expected totalSteps, or epochs and stepsPerEpoch', { maxLr: 1, epochs: 3 }],
    ['maxLr has 3 numbers, expected one, or one for each of 2 groups', { maxLr: [1, 2, 3], totalSteps: 9 }],
    ['pctStart is 2, expected a number from 0 to 1', { maxLr: 1, totalSteps: 9, pctStart: 2 }],
    ['divFactor is 0, expected a number above 0', { maxLr: 1, totalSteps: 9, divFactor: 0 }],
    ['maxLr is -1, expected a number of at least 0', { maxLr: -1, totalSteps: 9 }],
  ])('%s', (message, options) => {
    expect(() => one(optimizerOf(), options)).toThrow(OptimizerError);
    expect(() => one(optimizerOf(), options)).toThrow(`OneCycleLR: ${message}`);
  });
});

describe('SequentialLR', () => {
  const made = (optimizer: Optimizer, golden: Case<'SequentialLR'>) => {
    const schedules = golden.options.schedules.map(({ op, options }) => {
      if (op === 'LinearLR') return new LinearLR(optimizer, options);
      return op === 'StepLR' ? new StepLR(optimizer, options) : new CosineAnnealingLR(optimizer, options);
    });
    return new SequentialLR(optimizer, schedules, golden.options.milestones);
  };

  test.each(casesOf('SequentialLR'))('%s: rates are PyTorch’s, also where a run is resumed', (_, golden) => {
    const optimizer = optimizerOf();
    const schedule = made(optimizer, golden);
    const [rates, resumed]: number[][] = [[], []];
    for (let epoch = 0; epoch < golden.output.shape[0]; epoch++) {
      rates.push(...ratesOf(optimizer));
      const other = optimizerOf();
      made(other, golden).step(epoch);
      resumed.push(...ratesOf(other));
      schedule.step();
    }
    expectClose(ref(golden.output.shape, rates), golden.output, EXACT);
    expectClose(ref(golden.output.shape, resumed), golden.output, EXACT);
  });

  test('refuses what does not fit together', () => {
    const [a, b] = [optimizerOf(), optimizerOf()];
    const two = [new LinearLR(a), new StepLR(a, { stepSize: 2 })];
    expect(() => new SequentialLR(a, two, [])).toThrow('0 milestones for 2 schedules, expected one fewer');
    expect(() => new SequentialLR(b, two, [3])).toThrow('SequentialLR: schedule 0 is of another optimiser');
    expect(() => new SequentialLR(a, [...two, new LinearLR(a)], [5, 3])).toThrow(
      'milestones are 5, 3, expected',
    );
  });
});

describe('ReduceLROnPlateau', () => {
  const { data: metrics } = casesOf('ReduceLROnPlateau')[0][1].inputs.metrics;

  test.each(casesOf('ReduceLROnPlateau'))('%s: rates are PyTorch’s', (_, golden) => {
    const optimizer = optimizerOf();
    const schedule = new ReduceLROnPlateau(optimizer, golden.options);
    const rates: number[] = [];
    for (const metric of metrics) {
      schedule.step(metric);
      rates.push(...ratesOf(optimizer));
    }
    expect(new Set(rates).size).toBeGreaterThan(2);
    expectClose(ref(golden.output.shape, rates), golden.output, EXACT);
  });

  test('goes on from a saved state, that of before the first epoch, too', () => {
    for (const stop of [0, 7]) {
      const [whole, first, second] = [optimizerOf(), optimizerOf(), optimizerOf()];
      const options = { patience: 1, cooldown: 2 };
      const expected = new ReduceLROnPlateau(whole, options);
      const begun = new ReduceLROnPlateau(first, options);
      for (const metric of metrics) expected.step(metric);
      for (const metric of [...metrics].slice(0, stop)) begun.step(metric);
      const resumed = new ReduceLROnPlateau(second, options);
      resumed.loadState(JSON.parse(JSON.stringify(begun.state())));
      for (const metric of [...metrics].slice(stop)) resumed.step(metric);
      expect(resumed.state()).toEqual(expected.state());
    }
  });

  test('takes NaN for no better', () => {
    const optimizer = optimizerOf();
    const schedule = new ReduceLROnPlateau(optimizer, { patience: 1, factor: 0.5 });
    for (const metric of [Number.NaN, Number.NaN]) schedule.step(metric);
    expect(ratesOf(optimizer)).toEqual([0.1, 0.025]);
    expect(schedule.state().best).toBeNull();
  });

  test('refuses a factor of 1 or more', () => {
    expect(() => new ReduceLROnPlateau(optimizerOf(), { factor: 1 })).toThrow(
      'ReduceLROnPlateau: factor is 1, expected a number below 1',
    );
  });
});
