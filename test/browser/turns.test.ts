import { describe, expect, test } from 'vitest';
import { type Turn, Turns } from '../../src/web/engine/turns';
import type { Activity, Report } from '../../src/web/protocol';

/** Turns with work that lasts until it is stopped or ended by hand; `said` is what was told of it. */
function workshop(hasRun = false) {
  const said: string[] = [];
  const ends = new Map<Activity, (error?: Error) => void>();
  const tell = (report: Report) => {
    if (report.type === 'activity') said.push(report.activity);
    if (report.type === 'waiting') said.push(`waits: ${report.activities.join(' ')}`);
  };
  const turns = new Turns(
    tell,
    () => hasRun,
    (error) => {
      said.push(String(error));
      return !String(error).includes('fatal');
    },
  );
  const turn = (activity: Activity, lasts = true): Turn => ({
    activity,
    lasts,
    work: (signal) =>
      new Promise((resolve, reject) => {
        ends.set(activity, (error) => (error ? reject(error) : resolve()));
        signal.addEventListener('abort', () => resolve());
      }),
  });
  const rest = () => new Promise((resolve) => setTimeout(resolve));
  const begin = async (activity: Activity, lasts?: boolean) => {
    turns.begin(turn(activity, lasts));
    await rest();
  };
  const end = async (activity: Activity, error?: Error) => {
    ends.get(activity)?.(error);
    await rest();
  };
  const pause = async (activity?: Activity) => {
    turns.pause(activity);
    await rest();
  };
  /** What was told since the last call. */
  const news = () => said.splice(0);
  return { begin, end, pause, news };
}

describe('work that displaces other work', () => {
  test('says so, and goes back to it', async () => {
    const { begin, end, news } = workshop(true);
    await begin('training');
    await begin('measuring');
    expect(news()).toEqual(['training', 'waits: training', 'measuring']);
    await end('measuring');
    expect(news()).toEqual(['waits: ', 'training']);
  });

  test('goes back also when it failed, or was stopped', async () => {
    const { begin, end, pause, news } = workshop();
    await begin('training');
    await begin('measuring');
    await end('measuring', new Error('no'));
    expect(news().slice(-3)).toEqual(['Error: no', 'waits: ', 'training']);
    await begin('searching');
    await pause();
    expect(news().slice(-2)).toEqual(['waits: ', 'training']);
  });

  test('goes back to one after the other', async () => {
    const { begin, end, news } = workshop();
    await begin('training');
    await begin('searching');
    await begin('measuring');
    await end('measuring');
    expect(news().slice(-2)).toEqual(['waits: training', 'searching']);
    await end('searching');
    expect(news().slice(-2)).toEqual(['waits: ', 'training']);
  });

  test('does not go back to what was paused meanwhile, or before', async () => {
    const { begin, end, pause, news } = workshop(true);
    await begin('training');
    await begin('measuring');
    await pause('training');
    expect(news().at(-1)).toBe('waits: ');
    await end('measuring');
    expect(news()).toEqual(['idle']);
    await begin('training');
    await pause();
    await begin('measuring');
    await end('measuring');
    expect(news()).toEqual(['training', 'paused', 'measuring', 'idle']);
  });

  test('does not go back to a single step', async () => {
    const { begin, end, news } = workshop(true);
    await begin('training', false);
    await begin('measuring');
    await end('measuring');
    expect(news()).toEqual(['training', 'measuring', 'idle']);
  });

  test('goes back to nothing once nothing can be done', async () => {
    const { begin, end, news } = workshop();
    await begin('training');
    await begin('measuring');
    await end('measuring', new Error('fatal'));
    expect(news().slice(-2)).toEqual(['Error: fatal', 'waits: ']);
  });
});

describe('paused', () => {
  test('is a run that training left, and nothing else', async () => {
    const { begin, end, pause, news } = workshop(true);
    await begin('training');
    await pause('training');
    expect(news().at(-1)).toBe('paused');
    await begin('searching');
    await pause();
    expect(news().at(-1)).toBe('idle');
    await begin('recovering', false);
    await end('recovering');
    expect(news().at(-1)).toBe('idle');
  });

  test('stays so when a lost device was opened again', async () => {
    const { begin, end, pause, news } = workshop(true);
    await begin('training');
    await pause();
    await begin('recovering', false);
    await end('recovering');
    expect(news().at(-1)).toBe('paused');
  });
});
