import { describe, expect, test } from 'vitest';
import { merged, withEntry } from '../../src/nas/dictionary';
import { readDictionary, writeDictionary } from '../../src/nas/dictionary.node';
import { drawGenotype, type Genotype, hashGenotype, liveEdges, parseGenotype } from '../../src/nas/genotype';
import { effectOf } from '../../src/nas/operations/defined';
import { OPERATION_NAMES } from '../../src/nas/operations/table';
import { drawDistinct, randomSpace, standardSpace, taskAwareSpace } from '../../src/nas/space';
import { cellSvg } from '../../src/report/cell';
import { Random } from '../../src/tensor/random';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';

import { cellOf } from './toy';

const draw = (seed: number, nodes: 3 | 4 = 4) => drawGenotype(OPERATION_NAMES, new Random(seed), nodes, 3);

describe('genotype', () => {
  test('a drawn one has an operation on every edge, and follows from the seed', () => {
    expect(Object.keys(draw(1, 3).edges).sort()).toEqual(['01', '02', '12']);
    expect(Object.keys(draw(1, 4).edges).sort()).toEqual(['01', '02', '03', '12', '13', '23']);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1).hash).not.toBe(draw(2).hash);
  });

  test('every operation is drawn about equally often', () => {
    const random = new Random(3);
    const drawn = Array.from({ length: 500 }, () =>
      Object.values(drawGenotype(OPERATION_NAMES, random, 4, 3).edges),
    ).flat();
    for (const name of OPERATION_NAMES) {
      const count = drawn.filter((other) => other === name).length;
      expect(count, name).toBeGreaterThan(230);
      expect(count, name).toBeLessThan(370);
    }
  });

  test('the hash is FNV-1a of 64 bits over its text, whatever the order of the edges', () => {
    // fnv1a64('3/2/01=none/02=none/12=none'), computed with Python from the published constants.
    expect(cellOf('none', 3).hash).toBe('c2e59698eedd5d1f');
    const { nodes, channels, edges } = draw(4);
    const turned = Object.fromEntries(Object.entries(edges).reverse());
    expect(hashGenotype({ nodes, channels, edges: turned })).toBe(draw(4).hash);
  });

  test('comes back from JSON, and fits its picture', () => {
    for (const genotype of [draw(5, 3), draw(5, 4)]) {
      const copy: unknown = JSON.parse(JSON.stringify(genotype));
      expect(parseGenotype(copy)).toEqual(genotype);
      const picture = cellSvg(parseGenotype(copy), effectOf);
      for (const name of Object.values(genotype.edges)) expect(picture).toContain(name);
    }
  });

  const broken: [string, (genotype: Genotype) => unknown, RegExp][] = [
    [
      'an unknown operation',
      (g) => ({ ...g, edges: { ...g.edges, '01': 'conv' } }),
      /edges\.01.*unknown operation 'conv'; known are none,/,
    ],
    [
      'a missing edge',
      ({ edges: { '13': _, ...edges }, ...g }) => ({ ...g, edges }),
      /edges\.13.*expected an operation/,
    ],
    [
      'an edge too many',
      (g) => ({ ...g, edges: { ...g.edges, '30': 'none' } }),
      /edges\.30.*expected only 01 02/,
    ],
    ['five nodes', (g) => ({ ...g, nodes: 5 }), /nodes: expected 3 or 4/],
    ['no channels', (g) => ({ ...g, channels: 0 }), /channels/],
    ['the hash of another cell', (g) => ({ ...g, channels: 7 }), /hash: expected \w{16} .* found/],
    ['something else', () => 'cell', /the whole/],
  ];
  for (const [what, change, message] of broken) {
    test(`with ${what} it is refused by name`, async () => {
      const error = await failure(() => parseGenotype(change(draw(6))));
      expect(error).toMatchObject({ code: 'GENOTYPE', message: expect.stringMatching(message) });
    });
  }

  test('an edge is live only on a way from input to output without none', () => {
    expect(liveEdges(cellOf('skip_connect'))).toEqual(['01', '02', '03', '12', '13', '23']);
    expect(liveEdges(cellOf('skip_connect', 4, { '01': 'none' }))).toEqual(['02', '03', '23']);
    expect(liveEdges(cellOf('skip_connect', 4, { '12': 'none', '13': 'none' }))).toEqual(['02', '03', '23']);
    expect(liveEdges(cellOf('none', 4, { '01': 'skip_connect', '12': 'skip_connect' }))).toEqual([]);
    const chain = { '01': 'skip_connect', '12': 'skip_connect', '23': 'skip_connect' } as const;
    expect(liveEdges(cellOf('none', 4, chain))).toEqual(['01', '12', '23']);
    expect(liveEdges(cellOf('none', 3, { '01': 'skip_connect', '12': 'skip_connect' }))).toEqual([
      '01',
      '12',
    ]);
  });
});

describe('search space', () => {
  const form = { nodes: 3, channels: 3 } as const;
  const small = { ...standardSpace, operations: ['none', 'skip_connect'] as const };

  test('only its operations are drawn, and no cell twice', () => {
    const drawn = drawDistinct(small, form, 8, new Random(1));
    expect(new Set(drawn.map(({ hash }) => hash)).size).toBe(8);
    expect(new Set(drawn.flatMap(({ edges }) => Object.values(edges)))).toEqual(new Set(small.operations));
  });

  test('cells known from earlier rounds are not drawn again while there are others', () => {
    const known = drawDistinct(small, form, 6, new Random(1));
    const [rival] = known;
    const drawn = drawDistinct(small, form, 2, new Random(2), [rival], known);
    expect(known.map(({ hash }) => hash)).not.toContain(drawn[0].hash);
    expect(known.map(({ hash }) => hash)).not.toContain(drawn[1].hash);
    const again = drawDistinct(small, form, 7, new Random(3), [rival], [...known, ...drawn]);
    expect(new Set([rival, ...again].map(({ hash }) => hash)).size).toBe(8);
  });

  test('one with fewer cells than candidates is refused', async () => {
    const error = await failure(() => drawDistinct(small, form, 9, new Random(1)));
    expect(error).toMatchObject({
      code: 'SEARCH_SPACE',
      message: expect.stringContaining('has 8 cells of 3 nodes'),
    });
  });

  test('a random one has so many different operations, in their order, and others with another seed', () => {
    const draws = Array.from({ length: 40 }, (_, seed) => randomSpace(4, new Random(seed)).operations);
    for (const operations of draws) {
      expect(new Set(operations).size).toBe(4);
      expect(operations).toEqual(standardSpace.operations.filter((name) => operations.includes(name)));
    }
    // Each is left out of 40 draws with a chance of 0.6 ^ 40.
    expect(new Set(draws.flat())).toEqual(new Set(standardSpace.operations));
    expect(randomSpace(4, new Random(7))).toEqual(randomSpace(4, new Random(7)));
    expect(randomSpace(10, new Random(1)).operations).toEqual(standardSpace.operations);
    for (const size of [1, 11, 2.5])
      expect(() => randomSpace(size, new Random(1))).toThrow(`a random space of ${size} operations`);
  });

  test('the task-aware one holds what the best two cells of the closest task use', () => {
    let dictionary = withEntry({}, '2', cellOf('sep_conv_3x3'), 0.8);
    dictionary = withEntry(dictionary, '2', cellOf('conv_7x1_1x7'), 0.5);
    dictionary = withEntry(dictionary, '2', cellOf('dil_conv_5x5', 4, { '01': 'none' }), 0.9);
    const space = taskAwareSpace('2', dictionary);
    expect(space).toMatchObject({ name: 'task-aware', operations: ['none', 'sep_conv_3x3', 'dil_conv_5x5'] });
    expect(space.reason).toContain('closest task 2');
    expect(space.reason).toMatch(/^3 of \d+ operations: /);
  });

  test('without an entry for the closest task, or with one operation only, it is the standard one and says so', () => {
    expect(taskAwareSpace('1', {})).toMatchObject({
      name: 'standard',
      reason: expect.stringContaining('no cell'),
    });
    const poor = withEntry({}, '1', cellOf('skip_connect'), 0.9);
    expect(taskAwareSpace('1', poor)).toMatchObject({
      name: 'standard',
      operations: OPERATION_NAMES,
      reason: expect.stringContaining('only skip_connect'),
    });
  });
});

describe('dictionary', () => {
  const folder = useFolder();

  test('keeps the best score of a cell, best cells first', () => {
    const [a, b] = [cellOf('skip_connect'), cellOf('max_pool_3x3')];
    let dictionary = withEntry({}, '0', a, 0.5);
    dictionary = withEntry(dictionary, '0', b, 0.7);
    dictionary = withEntry(dictionary, '0', a, 0.9);
    dictionary = withEntry(dictionary, '0', a, 0.6);
    expect(
      dictionary['0'].map(({ genotype, validationAccuracy }) => [genotype.hash, validationAccuracy]),
    ).toEqual([
      [a.hash, 0.9],
      [b.hash, 0.7],
    ]);
  });

  test('has the cell of the lowest loss first, and those of unknown loss behind', () => {
    const [a, b, c] = ['skip_connect', 'max_pool_3x3', 'avg_pool_3x3'] as const;
    let dictionary = withEntry({}, '0', cellOf(a), 0.99);
    dictionary = withEntry(dictionary, '0', cellOf(b), 0.5, 1.2);
    dictionary = withEntry(dictionary, '0', cellOf(c), 0.4, 1.1);
    const order = [c, b, a].map((operation) => cellOf(operation).hash);
    expect(dictionary['0'].map(({ genotype }) => genotype.hash)).toEqual(order);
    expect(merged({}, dictionary)).toEqual(dictionary);
  });

  test('is the same after writing and reading, and empty where no file is', async () => {
    const path = `${folder.path}/known/dictionary.json`;
    expect(await readDictionary(path)).toEqual({});
    const dictionary = withEntry({}, '3', cellOf('sep_conv_5x5'), 0.75);
    await writeDictionary(path, dictionary);
    expect(await readDictionary(path)).toEqual(dictionary);
  });

  test('a file with an unknown operation is refused by file and field', async () => {
    const path = `${folder.path}/dictionary.json`;
    const dictionary = withEntry({}, '3', cellOf('sep_conv_5x5'), 0.75);
    await writeDictionary(path, JSON.parse(JSON.stringify(dictionary).replaceAll('sep_conv_5x5', 'conv')));
    const error = await failure(() => readDictionary(path));
    expect(error).toMatchObject({
      code: 'DATA_FORMAT',
      message: expect.stringContaining('3[0].genotype.edges.01'),
    });
  });
});
