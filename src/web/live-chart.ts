import type { ECharts, EChartsCoreOption } from 'echarts/core';

/** Time between two drawings: a person sees a curve grow, and the page has time for other things. */
const PACE_MS = 500;

/** Charts that are to be drawn: one a task, so that the page answers between them. */
const queue: (() => void)[] = [];

function drawNext(): void {
  queue.shift()?.();
  if (queue.length > 0) setTimeout(drawNext);
}

function enqueue(draw: () => void): void {
  queue.push(draw);
  if (queue.length === 1) setTimeout(drawNext);
}

/** What is drawn on. */
export type Drawn = Pick<ECharts, 'setOption' | 'resize' | 'dispose'>;

interface Series {
  readonly data?: unknown;
}

/**
 * A chart whose numbers grow. They are put into the chart that there is; it is built anew only when something else of it
 * has changed, such as its colours or axes.
 */
export class LiveChart {
  private chart: Drawn | undefined;
  private isOver = false;
  private wanted: EChartsCoreOption | undefined;
  private frame = '';
  private numbers = '';
  private timer: ReturnType<typeof setTimeout> | undefined;
  private drawnAt = Number.NEGATIVE_INFINITY;

  constructor(opening: Promise<Drawn>) {
    void opening.then((chart) => {
      if (this.isOver) return chart.dispose();
      this.chart = chart;
      enqueue(() => this.draw());
    });
  }

  /** Draws this, now or when it is time again. */
  show(option: EChartsCoreOption): void {
    this.wanted = option;
    const wait = this.drawnAt + PACE_MS - performance.now();
    this.timer ??= setTimeout(() => enqueue(() => this.draw()), Math.max(0, wait));
  }

  resize(): void {
    this.chart?.resize();
  }

  dispose(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.chart?.dispose();
  }

  private draw(): void {
    this.timer = undefined;
    const { chart, wanted } = this;
    if (!chart || !wanted || this.isOver) return;
    const series = (wanted.series ?? []) as readonly Series[];
    const data = series.map(({ data }) => ({ data }));
    const frame = JSON.stringify({ ...wanted, series: series.map((one) => ({ ...one, data: undefined })) });
    const numbers = JSON.stringify(data);
    if (frame !== this.frame) chart.setOption(wanted, { notMerge: true });
    else if (numbers !== this.numbers) chart.setOption({ series: data }, { lazyUpdate: true });
    else return;
    [this.frame, this.numbers] = [frame, numbers];
    this.drawnAt = performance.now();
  }
}
