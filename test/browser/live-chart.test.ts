import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LiveChart } from '../../src/web/live-chart';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A chart that notes what it was asked. */
function noted() {
  const calls: { option: object; rebuilt: boolean }[] = [];
  const chart = {
    setOption: (option: object, how?: { notMerge?: boolean }) =>
      void calls.push({ option, rebuilt: how?.notMerge ?? false }),
    resize: () => undefined,
    dispose: vi.fn(),
  };
  return { calls, chart };
}

const optionOf = (points: number, colour = 'blue') => ({
  yAxis: { type: 'value' },
  series: [{ type: 'line', color: colour, data: Array.from({ length: points }, (_, i) => [i, i * i]) }],
});

test('numbers are put into the chart that there is, at a pace that leaves time', async () => {
  const { calls, chart } = noted();
  const live = new LiveChart(Promise.resolve(chart as never));
  live.show(optionOf(1));
  await vi.advanceTimersByTimeAsync(1);
  for (let points = 2; points <= 101; points++) {
    live.show(optionOf(points));
    await vi.advanceTimersByTimeAsync(20); // 50 reports a second, for two seconds
  }
  await vi.advanceTimersByTimeAsync(1000);
  expect(calls.filter(({ rebuilt }) => rebuilt)).toHaveLength(1);
  expect(calls.length).toBeLessThanOrEqual(7);
  expect(calls.at(-1)?.option).toEqual({ series: [{ data: optionOf(101).series[0].data }] });
});

test('it is built anew for another look, and not touched for the same', async () => {
  const { calls, chart } = noted();
  const live = new LiveChart(Promise.resolve(chart as never));
  for (const option of [optionOf(3), optionOf(3), optionOf(3, 'red'), optionOf(3, 'red')]) {
    live.show(option);
    await vi.advanceTimersByTimeAsync(500);
  }
  expect(calls.map(({ rebuilt }) => rebuilt)).toEqual([true, true]);
});

test('one that opens after its panel was left is freed, and nothing is drawn', async () => {
  const { calls, chart } = noted();
  const live = new LiveChart(Promise.resolve(chart as never));
  live.show(optionOf(3));
  live.dispose();
  await vi.advanceTimersByTimeAsync(500);
  expect(chart.dispose).toHaveBeenCalledOnce();
  expect(calls).toEqual([]);
});
