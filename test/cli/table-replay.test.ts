import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeProgram } from '../../src/cli/program';
import { writeTable } from '../../src/nas/table/file.node';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';
import { madeTable } from '../nas/table/made';
import { useSilence } from './experiment';

const folder = useFolder();
const silence = useSilence();
const slope = (cell: string) => 10 + 10 * (cell.split('nor_conv').length - 1);

describe('taskgrad table replay', () => {
  const here = (...args: string[]) =>
    makeProgram().parseAsync(['table', 'replay', join(folder.path, 'table.json.gz'), ...args], {
      from: 'user',
    });

  it('prints regret and rank of each method against queries, and keeps all figures', async () => {
    const made = madeTable(3, ['none', 'skip_connect', 'nor_conv_3x3'], slope);
    await writeTable(join(folder.path, 'table.json.gz'), made);
    const out = join(folder.path, 'replay.json');
    await here('--queries', '27', '--seeds', '40', '--methods', 'random', 'evolution', '--out', out);
    expect(silence.stdout()).toContain('80 searches of 27 queries on made, task a, in ');
    expect(silence.stdout()).toMatch(/ 27 .* 0\.00 \[0\.00, 0\.00\] +1\.0 \[1\.0, 1\.0\]/);
    expect(silence.stdout()).toMatch(/after 27 queries: random \(0\.00 points\), /);
    expect(silence.stdout()).not.toContain('published');
    const kept = JSON.parse(await readFile(out, 'utf8'));
    expect(kept).toMatchObject({ task: 'a', seeds: 40, regret: { random: { mean: 0 } } });
    expect(kept.methods).toHaveLength(2);

    await here('--queries', '2', '--seeds', '3', '--json');
    const lines = silence.stdout().split('\n');
    const replayed = lines.find((line) => line.includes('"event":"replayed"')) ?? '';
    expect(JSON.parse(replayed)).toMatchObject({ queries: 2, seeds: 3 });
    expect(await failure(() => here('--task', 'b', '--seeds', '1'))).toMatchObject({ code: 'TABLE' });
  });
});
