import { describe, expect, test } from 'vitest';
import type { Report, TrainSettings } from '../../src/web/protocol';
import { reduce, START } from '../../src/web/store';

const SETTINGS: TrainSettings = { task: '3', network: 'NN2', lr: 0.001, batchSize: 64 };
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

  test('a lost device is told, and dismissed when read', () => {
    const lost = shown({ type: 'lost', reason: 'gone' });
    expect(lost.notice).toContain('was lost (gone)');
    expect(reduce(lost, { type: 'dismiss' }).notice).toBeUndefined();
  });
});
