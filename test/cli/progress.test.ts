import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reporterFor } from '../../src/cli/progress';
import { useSilence } from './experiment';

const silence = useSilence();
const before = process.stderr.isTTY;
const terminal = (is: boolean) => {
  process.stderr.isTTY = is;
};
beforeEach(() => terminal(false));
afterEach(() => terminal(before));

function work(json: boolean): void {
  const bar = reporterFor({ json }).progress('digging', 10, 'holes');
  for (let done = 8; done <= 20; done++) bar.update(done, 'in sand', 20);
  bar.stop();
}

describe('a progress bar', () => {
  it('shows how far the work is, its rate and the time left, on stderr', () => {
    terminal(true);
    work(false);
    expect(silence.stderr()).toMatch(/digging .*100% \| 20\/20 holes \| \d+ holes\/s \| \S+ left in sand/);
    expect(silence.stdout()).toBe('');
  });

  it('is silent where stderr is no terminal', () => {
    work(false);
    expect(silence.stdout() + silence.stderr()).toBe('');
  });

  it('is silent for programs, on a terminal too', () => {
    terminal(true);
    work(true);
    expect(silence.stdout() + silence.stderr()).toBe('');
  });
});
