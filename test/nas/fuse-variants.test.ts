import { beforeAll, describe, expect, test } from 'vitest';
import { evaluateGenotype } from '../../src/nas/evaluate-genotype';
import { fuse } from '../../src/nas/methods/fuse';
import { searchMethod } from '../../src/nas/methods/table';
import { search } from '../../src/nas/search';
import type { SavedSearch } from '../../src/nas/search-state';
import type { Gpu } from '../../src/tensor/gpu';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';
import { copyOf, interruptAfter, toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});

/** α learns too little to reorder anything by mistake; four candidates, so that winners differ by rule. */
const settings = { ...toySettings, candidates: 4, stages: 1, weightEpochs: 2 };
const lowest = (losses: readonly number[]) => losses.indexOf(Math.min(...losses));

describe('FUSE by other rules', () => {
  test('fuse-own: trains as FUSE does, and the lowest loss by itself wins every round', async () => {
    const paper = await fuse(gpu, data, settings);
    const own = await search(gpu, 'fuse-own', data, settings);
    const [first] = own.rounds;
    expect(first).toMatchObject({
      candidateValidationLoss: paper.rounds[0].candidateValidationLoss,
      stages: paper.rounds[0].stages,
      decided: null,
    });
    for (const { winner, candidateValidationLoss } of own.rounds)
      expect(winner).toBe(lowest(candidateValidationLoss));
    expect(own.rounds[1].candidates[0]).toEqual(first.candidates[first.winner]);
    expect(own.spent).toEqual(paper.spent);
  });

  test('fuse-apart: each candidate learns what it learns alone', async () => {
    const { rounds } = await search(gpu, 'fuse-apart', data, settings);
    const { batchSize, seed } = settings;
    const [{ candidates, candidateValidationLoss, winner }] = rounds;
    expect(winner).toBe(lowest(candidateValidationLoss));
    for (const [number, cell] of candidates.entries()) {
      const alone = await evaluateGenotype(gpu, data, cell, { steps: 2 * 3, batchSize, seed, number });
      expect(candidateValidationLoss[number], cell.hash).toBeCloseTo(alone.loss, 5);
    }
  });

  test('goes on where it was interrupted, and not as another method', async () => {
    const { onProgress, signal } = interruptAfter(5);
    const { title, search: run } = searchMethod('fuse-apart');
    const whole = await run(gpu, data, settings);
    let saved: SavedSearch | undefined;
    const save = async (...given: Parameters<typeof copyOf>) => {
      saved = await copyOf(...given);
    };
    const cut = await failure(() => run(gpu, data, { ...settings, onProgress, signal, save }));
    expect(cut).toMatchObject({ code: 'INTERRUPTED' });
    expect(saved?.state).toMatchObject({ method: 'fuse-apart', settings: { weightLoss: 'own' } });
    expect(await run(gpu, data, { ...settings, resume: saved })).toEqual(whole);
    const asFuse = await failure(() => search(gpu, 'fuse', data, { ...settings, resume: saved }));
    expect(asFuse).toMatchObject({ code: 'SEARCH_STATE' });
    expect(title).toBe('FUSE apart');
  });
});
