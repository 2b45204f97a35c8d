import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJobs } from '../../src/cli/jobs-file';
import { makeProgram } from '../../src/cli/program';
import { readTable } from '../../src/nas/table/file.node';
import { kendallTau } from '../../src/report/statistics/kendall';
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

const inFolder = (name: string) => join(folder.path, name);

async function build(...more: string[]): Promise<void> {
  const [data, out, budget] = ['data', 'out', 'budget.json'].map(inFolder);
  const given = ['--data', data, '--out', out, '--budget', budget, '--networks', '6', '--repeated', '2'];
  await makeProgram().parseAsync(['table', 'build', ...given, ...more], { from: 'user' });
}

describe('taskgrad table build', () => {
  it('trains each network once, some under several seeds, and goes on from what is there', async () => {
    await writeDigits(inFolder('data'), 120, 40);
    await writeFile(inFolder('budget.json'), JSON.stringify(BUDGET));
    await build('--seeds', '1');
    const few = await readTable(inFolder('out/table.json.gz'));
    expect(few.data.seeds).toEqual([0]);
    await build('--seeds', '2', '--table', inFolder('mine.json.gz'));
    const { jobs } = await readJobs(inFolder('out'));
    expect(jobs.filter(({ kind }) => kind === 'row')).toHaveLength(8);

    const { data, networks } = await readTable(inFolder('mine.json.gz'));
    expect(data).toMatchObject({ seeds: [0, 1], space: { joins: 'concatenates' }, made: { budget: BUDGET } });
    expect(data.cells).toHaveLength(1000);
    const [validation, test] = data.columns;
    const there = (row: readonly (number | null)[]) => networks.filter((place) => row[place] !== null).length;
    expect(validation.accuracy.map(there)).toEqual([6, 2]);
    expect(test.accuracy[0]).toEqual(few.data.columns[1].accuracy[0]);
    expect(test.accuracy[0].every((value) => value === null || value % 5 === 0)).toBe(true); // of 20 images
    expect(silence.stdout()).toContain('6 of the 695 networks are trained so far');
    expect(silence.stdout()).toMatch(/seeds of a network differ by \d+\.\d\d points \(sd, 2 networks\)/);
  });

  it('agreement: has its cells compete as in a search, and says how well the search’s scores order them', async () => {
    await writeDigits(inFolder('data'), 120, 40);
    await writeFile(inFolder('budget.json'), JSON.stringify(BUDGET));
    const table = inFolder('table.json.gz');
    await build('--seeds', '1', '--table', table);
    const agree = (...more: string[]) => {
      const given = [table, '--data', inFolder('data'), '--out', inFolder('agreement'), '--epochs', '1'];
      return makeProgram().parseAsync(['table', 'agreement', ...given, '--alpha-steps', '4', ...more], {
        from: 'user',
      });
    };
    await agree('--rounds', '2', '--candidates', '3');
    const { rows } = JSON.parse(await readFile(inFolder('agreement/agreement.json'), 'utf8'));
    const scratch = rows.at(-1);
    expect(scratch).toMatchObject({ score: 'validation accuracy from scratch', rounds: 2, cells: 6 });
    const { data } = await readTable(table);
    const [validation, test] = data.columns.map(({ accuracy }) => accuracy[0]);
    const places = (await readTable(table)).networks.filter((place) => test[place] !== null);
    const pick = (row: readonly (number | null)[]) => places.map((place) => row[place] ?? 0);
    expect(scratch.overall).toBeCloseTo(kendallTau(pick(validation), pick(test)) ?? Number.NaN, 9);
    expect(rows[0]).toMatchObject({ score: 'α', overall: null, top10: null });
    const { jobs } = await readJobs(inFolder('agreement'));
    expect(jobs.map(({ kind }) => kind).filter((kind) => kind === 'contest')).toHaveLength(4);
    expect(silence.stdout()).toMatch(/accuracy, shared weights .* 6/);
    expect(silence.stdout()).toMatch(/in the mean: loss \d\.\d+, .* where they learnt alone/);
    // The first round is known by now, and nothing else is asked for.
    await agree('--rounds', '1', '--candidates', '3', '--no-shared');
    const few = JSON.parse(await readFile(inFolder('agreement/agreement.json'), 'utf8')).rows;
    expect(few.at(-1)).toMatchObject({ score: 'validation accuracy from scratch', rounds: 1, cells: 3 });
    expect(few).toHaveLength(rows.length - 2);
    expect(await failure(() => agree('--rounds', '3'))).toMatchObject({
      code: 'TABLE',
      message: expect.stringMatching(/3 rounds of 3 need 9 networks; .* has 6 that are trained/),
    });
  });

  it('refuses a budget that is none', async () => {
    await writeFile(inFolder('budget.json'), JSON.stringify({ ...BUDGET, epochs: 0 }));
    expect(await failure(() => build())).toMatchObject({ code: 'DATA_FORMAT' });
  });
});
