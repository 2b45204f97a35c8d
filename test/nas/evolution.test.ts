import { beforeAll, describe, expect, test } from 'vitest';
import { searchBudget } from '../../src/nas/budget';
import { type EvolutionState, evolution } from '../../src/nas/methods/evolution';
import type { SavedSearch } from '../../src/nas/search-state';
import { completeSettings } from '../../src/nas/settings';
import type { Gpu } from '../../src/tensor/gpu';
import { InterruptedError } from '../../src/training/errors';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';
import { copyOf, interruptAfter, toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const settings = { ...toySettings, candidates: 4, rounds: 2, stages: 1 };

describe('evolution', () => {
  test('draws half of the cells, then changes one edge of a better one, and ends at the budget', async () => {
    const data = toyData(gpu);
    let last: EvolutionState | undefined;
    const { winner, spent, rounds } = await evolution(gpu, data, {
      ...settings,
      save: async (state) => {
        last = state;
      },
    });
    const { networks } = searchBudget(completeSettings(settings, data), data);
    data.dispose();
    const { cells, measures } = last ?? { cells: [], measures: [] };
    expect(new Set(cells.map(({ hash }) => hash)).size).toBe(cells.length);
    expect(spent.networks).toBe(measures.length);
    expect(measures.length).toBeGreaterThan(networks / 2);
    const distance = (a: number, b: number) =>
      Object.keys(cells[a].edges).filter((edge) => cells[a].edges[edge] !== cells[b].edges[edge]).length;
    for (let child = networks / 2; child < measures.length; child++) {
      const living = Array.from({ length: networks / 2 }, (_, age) => child - 1 - age);
      expect(
        living.some((parent) => distance(parent, child) === 1),
        `cell ${child}`,
      ).toBe(true);
    }
    const losses = measures.map(({ loss }) => loss);
    expect(winner).toEqual(cells[losses.indexOf(Math.min(...losses))]);
    expect(rounds[0].candidateValidationLoss).toEqual(losses);
  });

  test('goes on after an interruption to the same end', async () => {
    const data = toyData(gpu);
    const whole = await evolution(gpu, data, settings);
    let kept: SavedSearch<EvolutionState> | undefined;
    const error = await failure(() =>
      evolution(gpu, data, {
        ...settings,
        ...interruptAfter(11),
        save: async (state, tensors) => {
          kept = await copyOf(state, tensors);
        },
      }),
    );
    expect(error).toBeInstanceOf(InterruptedError);
    const resumed = await evolution(gpu, data, { ...settings, resume: kept });
    data.dispose();
    expect(resumed).toEqual(whole);
  });
});
