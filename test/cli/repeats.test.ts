import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/cli/session';
import { repeatSession } from '../../src/experiment/plans/repeats';
import { stateIn } from '../../src/cli/state';

/** As much of a session as a repeat changes: three seeds from 5, its state in 'out'. */
function session(dictionary: string): Session {
  const part: Partial<Session> = {
    state: stateIn('out'),
    settings: { seed: 5, seeds: 3 } as Session['settings'],
    dictionary,
  };
  return part as Session;
}

const own = session(join('out', 'state', 'dictionary.json'));
const seedsOf = ({ settings }: Session) =>
  Array.from({ length: settings.seeds }, (_, i) => settings.seed + i);

describe('a repeat of a search', () => {
  it('is the run itself, the first time', () => {
    expect(repeatSession(own, 0)).toBe(own);
  });

  it('has distances from seeds that no other repeat has', () => {
    const all = [0, 1, 2, 3].flatMap((repeat) => seedsOf(repeatSession(own, repeat)));
    expect(all).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  });

  it('keeps its networks, distances and dictionary in a folder of its own', () => {
    const second = repeatSession(own, 1);
    expect(second.state('networks', 'net')).toBe(join('out', 'state', 'repeats', 'seed8', 'networks', 'net'));
    expect(second.dictionary).toBe(join('out', 'state', 'repeats', 'seed8', 'dictionary.json'));
    expect(repeatSession(own, 2).dictionary).not.toBe(second.dictionary);
  });

  it('shares a dictionary that has been named', () => {
    expect(repeatSession(session('known.json'), 2).dictionary).toBe('known.json');
  });
});
