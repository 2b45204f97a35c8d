import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { PRESETS } from '../../src/experiment/settings/presets';
import { type CommonOptions, type Session, withSession } from '../../src/cli/session';
import { writeDigits } from './digits';
import { optionsFor } from './tiny';

export { optionsFor, TINY } from './tiny';

/**
 * Searches by preset `quick` take fewer steps in all tests of the calling file: α learns for three epochs, not a hundred,
 * and what random search and DARTS may spend falls with it.
 */
export function useShortSearches(): void {
  const { search } = PRESETS.quick;
  const published = { ...search };
  beforeAll(() => void Object.assign(search, { alphaEpochs: 3, rounds: 2, dictionaryDraws: 4 }));
  afterAll(() => void Object.assign(search, published));
}

/** A session by a protocol over a few digits, which are written into the folder. */
export async function sessionBy(
  protocol: CommonOptions['protocol'],
  folder: string,
  work: (session: Session) => Promise<void> = async () => undefined,
  more: Partial<CommonOptions> = {},
  needed?: readonly string[],
): Promise<void> {
  const data = join(folder, 'data');
  await writeDigits(data);
  const options = optionsFor(data, join(folder, 'out'), { protocol, ...more });
  await withSession(options, {}, work, ({ tasks }) => needed ?? tasks);
}

/** Keeps what is said to the terminal from it; the lines of stdout since the test began. */
export function useSilence(): { readonly stdout: () => string; readonly stderr: () => string } {
  const said = { stdout: '', stderr: '' };
  beforeEach(() => {
    for (const name of ['stdout', 'stderr'] as const) {
      said[name] = '';
      vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
        said[name] += chunk;
        return true;
      });
    }
  });
  afterEach(() => vi.restoreAllMocks());
  return { stdout: () => said.stdout, stderr: () => said.stderr };
}

/** The work, with Ctrl-C pressed at the `at`-th step of the piece of work whose bar has this label. */
export const interruptedIn =
  (label: string, at: number, work: (session: Session) => Promise<void>) => (session: Session) => {
    let steps = 0;
    return work({
      ...session,
      progress: (name) => ({
        update: () => {
          if (name === label && ++steps === at) process.emit('SIGINT');
        },
        stop: () => undefined,
      }),
    });
  };
