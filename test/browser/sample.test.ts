import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { distancesOf } from '../../src/web/own/among';
import { fromGrey } from '../../src/web/own/collection';
import type { Report } from '../../src/web/protocol';
import { decodeReports, encodeReports } from '../../src/web/sample/codec';
import { reduce, START } from '../../src/web/store';

test('the sample is small, and has something for every panel', async () => {
  const text = await readFile(new URL('../../src/web/sample/sample.json', import.meta.url), 'utf8');
  expect(text.length).toBeLessThan(220_000);
  const state = decodeReports(text).reduce(reduce, START);
  expect(state.points.at(-1)?.step).toBeGreaterThanOrEqual(400);
  expect(state.tests.length).toBeGreaterThan(3);
  expect(state.filters?.values).toBeInstanceOf(Float32Array);
  expect(state.fisher?.layers.length).toBeGreaterThan(2);
  expect(state.matrix.smallCifarNet).toHaveLength(12);
  expect(state.search?.winner?.testError).toBeLessThan(0.05);
  expect(state.ink).toHaveLength(280 * 280);
  expect(state.prediction?.probabilities[7]).toBeGreaterThan(0.5);
  expect(state.profile?.rows.kernel.length).toBeGreaterThan(5);
  const parts = Object.values(state.profile?.parts ?? {}).reduce((sum, seconds) => sum + seconds, 0);
  expect(parts).toBeCloseTo(state.profile?.wallSeconds ?? 0);
  expect(state.answers?.confusion).toHaveLength(10);
  expect(state.activations?.layers.length).toBeGreaterThan(5);
  expect(state.own.collected?.collection).toHaveLength(3);
  expect(state.own.trained?.testAccuracy).toBeGreaterThan(0.5);
  expect(distancesOf(state.own)).toHaveLength(5);
  expect(state.own.search?.winner?.parameters).toBeGreaterThan(0);
  expect(state.comparisons[state.search?.task ?? '']?.rivals).toHaveLength(3);
});

test('reports come back: bytes exactly, floats to their eighth bit', () => {
  const image = Uint8Array.from({ length: 784 }, (_, i) => (i * 37) % 256);
  const ink = new Uint8Array(4000).fill(255, 100, 900);
  const values = Float32Array.of(0, -1.2345678, 3e-20, 65504, 1 / 3);
  const filters = { step: 1, count: 1, height: 1, width: 5, values };
  const reports = [
    { type: 'filters', filters },
    { type: 'ink', ink },
    { type: 'ink', ink: image },
    { type: 'ink', ink: fromGrey(image) },
  ] satisfies Report[];
  const text = encodeReports(reports);
  const [first, ...others] = decodeReports(text);
  expect(others).toEqual(reports.slice(1));
  expect(text.match(/"grey"/g)).toHaveLength(1);
  const found = first.type === 'filters' ? first.filters.values : new Float32Array();
  expect(found).toHaveLength(values.length);
  for (const [i, value] of values.entries())
    expect(Math.abs(found[i] - value)).toBeLessThanOrEqual(Math.abs(value) / 256);
});
