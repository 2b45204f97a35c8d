import { heading, INK, namedAxis, PALETTE, pick, renderSvg, SYMBOLS } from '../../src/report/chart';
import { MEAN_HOURS, type Study } from './study';

const WIDTH = 724;
const HEIGHT = 520;
const HOUR = 3600;

/** Hours over workers: as the plan takes them, and with machines that are taken away. */
export function pictureOf(studies: readonly Study[]): string {
  const series = studies.flatMap((study, of) =>
    [undefined, ...MEAN_HOURS].map((hours, i) => lineOf(study, of, hours, i)),
  );
  return renderSvg(
    {
      title: {
        ...heading('Hours of the paper preset by number of workers'),
        subtext: 'Simulated. Both axes are logarithmic; dashed: no worker ever waits.',
      },
      grid: { left: 70, right: 24, top: 72, bottom: 150 },
      xAxis: { ...namedAxis('workers', 30), type: 'log', min: 1, max: 1000 },
      yAxis: { ...namedAxis('hours', 50), type: 'log' },
      legend: {
        left: 60,
        bottom: 8,
        width: WIDTH - 80,
        selectedMode: false,
        textStyle: { color: INK, fontSize: 12 },
      },
      series: [...series, ...studies.map(idealOf)],
    },
    {
      width: WIDTH,
      height: HEIGHT,
      label: 'Hours that the paper preset takes by 1 to 1,000 workers, in a simulation',
    },
  );
}

function lineOf({ speed, runs }: Study, of: number, hours: number | undefined, i: number) {
  const failing = hours === undefined ? 'machines stay' : `one failure in ${hours} h`;
  return {
    name: `${speed === 1 ? 'measured speed' : `${speed} × as fast`}, ${failing}`,
    type: 'line',
    data: runs
      .filter(({ meanHours }) => meanHours === hours)
      .map(({ workers, outcome }) => [workers, outcome.wall / HOUR]),
    symbol: pick(SYMBOLS, i),
    symbolSize: 6,
    color: pick(PALETTE, of * (1 + MEAN_HOURS.length) + i),
    lineStyle: { width: 1.5 },
  };
}

function idealOf({ runs }: Study) {
  const [{ outcome }] = runs;
  return {
    type: 'line',
    data: [1, 1000].map((workers) => [workers, outcome.wall / HOUR / workers]),
    symbol: 'none',
    color: INK,
    lineStyle: { width: 1, type: 'dashed' },
    silent: true,
  };
}
