import { describe, expect, test } from 'vitest';
import type { Activity, Report, TrainSettings } from '../../src/web/protocol';
import { reduce, START } from '../../src/web/store';

const SETTINGS: TrainSettings = { task: '3', network: 'NN2', lr: 0.001, batchSize: 64, seed: 1 };
const point = (step: number): Report => ({
  type: 'point',
  point: { step, epoch: step / 10, loss: 1 / step, accuracy: 0.5, imagesPerSecond: 100 },
});
const shown = (...reports: Report[]) => reports.reduce(reduce, START);

describe('what the page shows', () => {
  test('a run that goes on from a step on another device keeps its points up to there', () => {
    const state = shown(point(5), point(10), point(15), { type: 'rewind', step: 10, settings: SETTINGS });
    expect(state.points.map(({ step }) => step)).toEqual([5, 10]);
    expect(state.settings).toEqual(SETTINGS);
  });

  test('a run that begins anew has none', () => {
    const state = shown(point(5), { type: 'rewind', step: 0, settings: SETTINGS });
    expect(state.points).toEqual([]);
  });

  test('thousands of points are thinned to what a chart can show, the newest kept', () => {
    const state = shown(...Array.from({ length: 5000 }, (_, i) => point(i + 1)));
    expect(state.points.length).toBeLessThanOrEqual(1200);
    expect(state.points.at(-1)?.step).toBe(5000);
    expect(state.points[0].step).toBe(1);
    const steps = state.points.map(({ step }) => step);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });

  test('an error stands until the next piece of work begins', () => {
    const failure = { kind: 'request', message: 'no', advice: '' } as const;
    const failed = shown({ type: 'failed', failure }, { type: 'activity', activity: 'paused' });
    expect(failed.failure).toEqual(failure);
    expect(reduce(failed, { type: 'activity', activity: 'training' }).failure).toBeUndefined();
  });

  test('without WebGPU the page stops; a failed piece of work does not stop it', () => {
    const failed = (kind: 'no-webgpu' | 'request'): Report => ({
      type: 'failed',
      failure: { kind, message: '', advice: '' },
    });
    expect(shown(failed('no-webgpu')).activity).toBe('failed');
    expect(shown({ type: 'activity', activity: 'searching' }, failed('request')).activity).toBe('searching');
  });

  test('what a lost device took is told as it is', () => {
    const adapter = { kind: 'gpu', description: 'Card 5000', software: false } as const;
    const notice = (step: number, ahead: number) =>
      shown({ type: 'recovered', adapter, step, ahead }).notice?.replace(/^.* is back\./, '');
    expect(notice(0, 0)).toBe('');
    expect(notice(4, 0)).toBe(' The run goes on from step 4; nothing of it is lost.');
    expect(notice(40, 12)).toBe(
      ' The run goes on from step 40, where it was kept last; 12 steps after it will be made again, to the same result.',
    );
    expect(notice(0, 1)).toContain('goes on from step 0, where it was kept last; one step after it');
  });

  test('once the steps that a lost device took are made again, it is told which', () => {
    const adapter = { kind: 'gpu', description: 'Card 5000', software: false } as const;
    const back = shown(
      { type: 'activity', activity: 'training' },
      { type: 'lost', reason: 'gone' },
      { type: 'recovered', adapter, step: 40, ahead: 12 },
      point(51),
    );
    expect(back.notice).toContain('will be made again');
    const again = reduce(back, point(52));
    expect(again.notice).toBe(
      'The graphics device was lost and is back. Steps 41 to 52 were made again, to the same result.',
    );
    expect(reduce(reduce(again, { type: 'dismiss' }), point(60)).notice).toBeUndefined();
  });

  test('a lost device tells of the work under way what is made again', () => {
    const adapter = { kind: 'gpu', description: 'Card 5000', software: false } as const;
    const notice = (activity: Activity) =>
      shown(
        { type: 'activity', activity },
        { type: 'lost', reason: 'gone' },
        { type: 'recovered', adapter, step: 0, ahead: 0 },
      ).notice;
    expect(notice('searching')).toContain('the stage under way is made again');
    expect(notice('measuring')).toContain('computed again; those before are kept');
    expect(notice('ownSearching')).toContain('made again from its beginning');
    expect(notice('idle')).toBe('The graphics device was lost and is back.');
  });

  test('starting fresh leaves the adapter and the images, and no work', () => {
    const adapter = { kind: 'gpu', description: 'Card 5000', software: false } as const;
    const run = { settings: SETTINGS, step: 9, ...{ points: [], tests: [] }, origin: 'net.safetensors' };
    const full = shown(
      { type: 'opened', adapter, train: 600, test: 300, isWhole: true },
      { type: 'run', run },
      { type: 'ink', ink: Uint8Array.of(1) },
      { type: 'matrix', network: 'NN2', cells: [{ source: '0', target: '1', logdet: 1, frechet: 1 }] },
    );
    expect(full).toMatchObject({ origin: 'net.safetensors', settings: SETTINGS });
    const fresh = reduce(full, { type: 'fresh' });
    expect(fresh).toEqual({ ...START, adapter, images: { train: 600, test: 300 }, keeping: undefined });
  });

  test('a sample stands where nothing was computed, and goes once there is an adapter', () => {
    const adapter = { kind: 'gpu', description: 'Card 5000', software: false } as const;
    const reports = [point(400)];
    const failure = { kind: 'no-webgpu', lacks: 'adapter', message: '', advice: '' } as const;
    const sample = reduce(shown({ type: 'failed', failure }), { type: 'sample', reports });
    expect(sample).toMatchObject({ isSample: true, activity: 'failed', failure });
    expect(sample.points).toHaveLength(1);
    expect(reduce(sample, { type: 'adapter', adapter })).toEqual({
      ...START,
      activity: 'failed',
      adapter,
      keeping: undefined,
    });
    const worked = shown({ type: 'opened', adapter, train: 600, test: 300, isWhole: true }, point(5), {
      type: 'failed',
      failure,
    });
    expect(reduce(worked, { type: 'sample', reports })).toBe(worked);
  });

  test('a drawing that the browser kept does not displace one that was begun meanwhile', () => {
    const drawn = reduce(START, { type: 'drawing', ink: Uint8Array.of(7) });
    expect(reduce(drawn, { type: 'ink', ink: Uint8Array.of(1) }).ink).toEqual(Uint8Array.of(7));
  });

  test('training images that are still on their way, stall, or do not come stop nothing', () => {
    const adapter = { kind: 'gpu', description: 'Card 5000', software: false } as const;
    const coming = shown(
      { type: 'loading', received: 3, total: 10 },
      { type: 'opened', adapter, train: 600, test: 300, isWhole: false },
      { type: 'activity', activity: 'idle' },
    );
    expect(coming.images).toEqual({ train: 600, test: 300, coming: { share: 0.3 } });
    const later = reduce(coming, { type: 'loading', received: 7, total: 10 });
    expect(later).toMatchObject({ images: { coming: { share: 0.7 } }, progress: undefined });
    const stalled = reduce(later, { type: 'stalled', seconds: 4 });
    expect(stalled.images?.coming).toEqual({ share: 0.7, idleSeconds: 4 });
    const failure = { kind: 'data', message: 'cut', advice: '' } as const;
    const stopped = reduce(stalled, { type: 'failed', failure });
    expect(stopped).toMatchObject({ activity: 'idle', failure, images: { coming: 'stopped' } });
    expect(reduce(later, { type: 'whole' }).images).toEqual({ train: 600, test: 300, coming: undefined });
    // Without anything it is another matter.
    expect(reduce(START, { type: 'failed', failure }).activity).toBe('failed');
  });

  test('own pictures outlive a sample, stand beside those that were kept, and go when one starts fresh', () => {
    const collected = (name: string) =>
      ({ collection: [{ name, pictures: [Uint8Array.of(1)] }], seen: 'inverted' }) as const;
    const mine = reduce(START, { type: 'collecting', collected: collected('cups') });
    expect(reduce(mine, { type: 'sample', reports: [] }).own.collected).toEqual(collected('cups'));
    const kept = { type: 'own', own: { type: 'collected', collected: collected('pens') } } as const;
    const both = reduce(mine, kept).own.collected;
    expect(both?.collection.map(({ name }) => name)).toEqual(['pens', 'cups']);
    const only = reduce(START, kept).own;
    expect(only.collected).toBe(only.kept); // there is nothing new to keep
    expect(reduce(mine, { type: 'fresh' }).own).toEqual({});
  });

  test('a lost device is told, and dismissed when read', () => {
    const lost = shown({ type: 'lost', reason: 'gone' });
    expect(lost.notice).toContain('was lost (gone)');
    expect(reduce(lost, { type: 'dismiss' }).notice).toBeUndefined();
  });
});
