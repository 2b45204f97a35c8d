import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readTable } from '../../../src/nas/table/file.node';

const FOLDER = 'bench/tables';
const CELLS = 1000;
const NETWORKS = 695;
const tables = readdirSync(FOLDER).filter((file) => file.endsWith('.json.gz'));

test('there are two tables of our own', () => {
  expect(tables).toEqual(['cifar10-7.json.gz', 'mnist-3.json.gz']);
});

describe.each(tables)('%s', (file) => {
  const table = () => readTable(`${FOLDER}/${file}`);

  test('has every cell of its space, trained, and a hundred networks under three seeds', async () => {
    const { isWhole, size, distinct, networks, data } = await table();
    expect({ isWhole, size, distinct, seeds: data.seeds }).toEqual({
      ...{ isWhole: true, size: CELLS, distinct: NETWORKS, seeds: [0, 1, 2] },
    });
    for (const { accuracy } of data.columns) {
      const trained = networks.map((place) => accuracy.filter((seed) => seed[place] !== null).length);
      expect(trained.filter((seeds) => seeds === 3).length).toBe(100);
      expect(trained.filter((seeds) => seeds === 1).length).toBe(NETWORKS - 100);
    }
  });

  test('has percentages, which are the same for cells that are one network', async () => {
    const whole = await table();
    for (const { accuracy } of whole.data.columns)
      for (const seed of accuracy)
        for (const value of seed)
          if (value !== null) {
            expect(value).toBeGreaterThan(0);
            expect(value).toBeLessThan(100);
          }
    // What is done to a node that nothing comes to makes no difference.
    const one = whole.lookup('|none~0|+|sep_conv_3x3~0|none~1|');
    expect(one).toBeDefined();
    expect(whole.lookup('|none~0|+|sep_conv_3x3~0|skip_connect~1|')?.accuracy).toEqual(one?.accuracy);
  });
});

test('the budget that is not the default one stands beside its table', async () => {
  const { data } = await readTable(`${FOLDER}/cifar10-7.json.gz`);
  const budget: unknown = JSON.parse(readFileSync(`${FOLDER}/cifar10-7.budget.json`, 'utf8'));
  expect(data.made?.budget).toEqual(budget);
});
