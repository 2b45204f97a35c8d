import { describe, expect, test } from 'vitest';
import { garbage, type Rules } from '../../../src/cli/store/garbage';
import type { Listed } from '../../../src/experiment/store';

const DAY = 24 * 3600_000;
const at = (day: number) => new Date(day * DAY).toISOString();
/** Made on a day, of 1,000 bytes, from others. */
const entry = (key: string, day: number, ...on: string[]): Listed => ({
  ...{ key, kind: 'test', version: 1, adapter: 'lavapipe', value: null, at: at(day), seconds: 1 },
  inputs: { nets: on.map(($artefact) => ({ $artefact })) },
  files: [
    {
      name: 'a',
      bytes: 1000 - JSON.stringify([null, { nets: on.map(($artefact) => ({ $artefact })) }]).length,
      sha256: '',
    },
  ],
});

// net1 and net2 make d, which is young; old stands alone; net3 makes e, which is old, too.
const entries = [
  entry('net1', 1),
  entry('net2', 2),
  entry('net3', 2),
  entry('old', 3),
  entry('e', 4, 'net3'),
  entry('d', 9, 'net1', 'net2'),
];
const keys = (rules: Partial<Rules>, leases: Parameters<typeof garbage>[1] = []) =>
  garbage(entries, leases, { withInputs: false, ...rules }).map(({ key }) => key);
const before = new Date(5 * DAY);

describe('what may go', () => {
  test('is nothing without a rule', () => {
    expect(keys({})).toEqual([]);
  });

  test('is what is old, but not what others that stay build on', () => {
    expect(keys({ before })).toEqual(['net3', 'old', 'e']);
    expect(keys({ before, withInputs: true })).toEqual(['net1', 'net2', 'net3', 'old', 'e']);
  });

  test('is what the keys named do not build on', () => {
    expect(keys({ used: ['d'] })).toEqual(['net3', 'old', 'e']);
    expect(keys({ used: ['e', 'old'] })).toEqual(['net1', 'net2', 'd']);
    expect(keys({ used: ['d'], before: new Date(3.5 * DAY) })).toEqual(['old']);
  });

  test('are the oldest until the rest fits, what builds on an artefact before that', () => {
    expect(keys({ toSize: 6000 })).toEqual([]);
    expect(keys({ toSize: 5000 })).toEqual(['old']);
    expect(keys({ toSize: 4999 })).toEqual(['old', 'e']);
    expect(keys({ toSize: 3000 })).toEqual(['old', 'e', 'net3']);
    expect(keys({ toSize: 2000 })).toEqual(['old', 'e', 'net3', 'd']);
    expect(keys({ toSize: 0 })).toHaveLength(6);
    expect(keys({ toSize: 4000, withInputs: true })).toEqual(['net1', 'net2']);
  });

  test('is never what a job under way makes or builds on', () => {
    expect(keys({ before }, [{ key: 'new', uses: ['e'] }])).toEqual(['old']);
    expect(keys({ toSize: 0 }, [{ key: 'old', uses: ['net2'] }])).toEqual(['e', 'net3', 'd', 'net1']);
  });
});
