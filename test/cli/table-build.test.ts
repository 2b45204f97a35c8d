import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJobs } from '../../src/cli/jobs-file';
import { makeProgram } from '../../src/cli/program';
import { readTable } from '../../src/nas/table/file.node';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';
import { writeDigits } from './digits';
import { useSilence } from './experiment';

const folder = useFolder();
const silence = useSilence();

/** As cheap as can be: two steps a cell. */
const BUDGET = {
  ...{ shrink: 7, channels: 1, head: 'flat', images: 20, validationImages: 20, testImages: 20 },
  ...{ epochs: 1, batchSize: 10, lr: 1e-2 },
};

async function build(...more: string[]): Promise<void> {
  const [data, out, budget] = ['data', 'out', 'budget.json'].map((name) => join(folder.path, name));
  const given = ['--data', data, '--out', out, '--budget', budget, '--networks', '6', '--repeated', '2'];
  await makeProgram().parseAsync(['table', 'build', ...given, ...more], { from: 'user' });
}

describe('taskgrad table build', () => {
  it('trains each network once, some under several seeds, and goes on from what is there', async () => {
    await writeDigits(join(folder.path, 'data'), 120, 40);
    await writeFile(join(folder.path, 'budget.json'), JSON.stringify(BUDGET));
    await build('--seeds', '1');
    const few = await readTable(join(folder.path, 'out/table.json.gz'));
    expect(few.data.seeds).toEqual([0]);
    await build('--seeds', '2', '--table', join(folder.path, 'mine.json.gz'));
    const { jobs } = await readJobs(join(folder.path, 'out'));
    expect(jobs.filter(({ kind }) => kind === 'row')).toHaveLength(8);

    const { data, networks } = await readTable(join(folder.path, 'mine.json.gz'));
    expect(data).toMatchObject({ seeds: [0, 1], space: { joins: 'concatenates' }, made: { budget: BUDGET } });
    expect(data.cells).toHaveLength(1000);
    const [validation, test] = data.columns;
    const there = (row: readonly (number | null)[]) => networks.filter((place) => row[place] !== null).length;
    expect(validation.accuracy.map(there)).toEqual([6, 2]);
    expect(test.accuracy[0]).toEqual(few.data.columns[1].accuracy[0]);
    expect(test.accuracy[0].every((value) => value === null || value % 5 === 0)).toBe(true); // of 20 images
    expect(silence.stdout()).toMatch(/seeds of a network differ by \d+\.\d\d points \(sd, 2 networks\)/);
  });

  it('refuses a budget that is none', async () => {
    await writeFile(join(folder.path, 'budget.json'), JSON.stringify({ ...BUDGET, epochs: 0 }));
    expect(await failure(() => build())).toMatchObject({ code: 'DATA_FORMAT' });
  });
});
