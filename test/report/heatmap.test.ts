import { describe, expect, it } from 'vitest';
import { heatMapSvg, wrapName } from '../../src/report/heatmap';
import { PUBLISHED_LOGDET_MEANS } from '../../src/report/published';
import { all, type Element, labels, parseXml } from './xml';

const names = ['zero', 'six <&> "nine"', 'four', 'ten'];
const values = [
  [0, 0.51, 1.33, 0.87],
  [0.91, 0, 1.4, 0.62],
  [1.76, 2.12, 0, 0.48],
  [1.5, 0.95, 0.23, 0],
];

function draw(matrix: readonly (readonly number[])[], tasks: readonly string[]): Element {
  return parseXml(heatMapSvg({ title: 'Distance', unit: 'nats', names: tasks, values: matrix }));
}

function channel(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function luminance(rgb: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map(channel);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Numbers in the cells, in the order they are drawn. */
const numbersIn = (svg: Element) =>
  all(svg, 'text').filter(
    ({ attributes }) => attributes.get('style')?.includes('font-size:15px') && !attributes.has('y'),
  );

describe('heat map with nulls on its diagonal', () => {
  const nulls = [
    [0.61, 0.51],
    [0.91, 0.47],
  ];
  const svg = parseXml(
    heatMapSvg({
      title: 'Distance',
      unit: 'nats',
      names: ['zero', 'six'],
      values: nulls,
      atNull: [
        [false, true],
        [false, false],
      ],
    }),
  );

  it('puts what is not above the null of its column in brackets, in lighter letters', () => {
    const texts = numbersIn(svg);
    expect(texts.map((text) => text.children.join('')).sort()).toEqual(['(0.51)', '0.47', '0.61', '0.91']);
    const light = texts.filter(({ attributes }) => !/font-weight:600/.test(attributes.get('style') ?? ''));
    expect(light.map((text) => text.children.join(''))).toEqual(['(0.51)']);
  });

  it('outlines the diagonal after all other cells, and says what that and the brackets mean', () => {
    const dashed = all(svg, 'path').map(({ attributes }) => attributes.has('stroke-dasharray'));
    const cells = all(svg, 'path').flatMap(({ attributes }, i) =>
      attributes.has('ecmeta_data_index') ? [dashed[i]] : [],
    );
    expect(cells).toEqual([false, false, true, true]);
    expect(labels(svg)).toEqual(
      expect.arrayContaining([
        'dashed: the task from itself, other first weights',
        '(in brackets): not above its column’s dashed number + sd',
      ]),
    );
  });

  it('leaves a cell without a number empty, and explains nothing that is not there', () => {
    const one = [
      [null, 0.51],
      [0.91, null],
    ];
    const plain = parseXml(heatMapSvg({ title: 'D', unit: 'nats', names: ['zero', 'six'], values: one }));
    expect(numbersIn(plain).map((text) => text.children.join(''))).toEqual(['0.51', '0.91']);
    expect(labels(plain).join()).not.toMatch(/dashed|brackets/);
  });
});

describe('heat map', () => {
  it('prints every number of the matrix in the cell of its row and column', () => {
    const texts = all(draw(values, names), 'text').flatMap((element) => {
      const place = /^translate\(([\d.]+) ([\d.]+)\)$/.exec(element.attributes.get('transform') ?? '');
      const style = element.attributes.get('style') ?? '';
      if (!place || !style.includes('font-size:15px') || element.attributes.has('y')) return [];
      return [{ x: Number(place[1]), y: Number(place[2]), value: Number(element.children.join('')) }];
    });
    const rows = [...new Set(texts.map(({ y }) => y))].sort((a, b) => a - b);
    const read = rows.map((row) =>
      texts
        .filter(({ y }) => y === row)
        .sort((a, b) => a.x - b.x)
        .map(({ value }) => value),
    );
    expect(read).toEqual(values);
  });

  it('names both axes, its unit and every task', () => {
    const found = labels(draw(values, ['zero', 'six', 'four', 'ten']));
    expect(found).toEqual(expect.arrayContaining(['Distance', 'source task', 'target task', 'nats']));
    for (const name of ['zero', 'six', 'four', 'ten'])
      expect(found.filter((l) => l === name)).toHaveLength(2);
  });

  it('breaks long names at spaces only', () => {
    expect(wrapName('CIFAR 1, 3, 8 or not', 10)).toEqual(['CIFAR 1,', '3, 8 or', 'not']);
    expect(wrapName('ten', 10)).toEqual(['ten']);
    expect(wrapName('baseball-bat-drawings only', 10)).toEqual(['baseball-bat-drawings', 'only']);
  });

  it('takes the eight published tasks, a single one, and a matrix of zeros', () => {
    const eight = draw(PUBLISHED_LOGDET_MEANS, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    expect(labels(eight)).toContain('3.32');
    expect(labels(draw([[0]], ['alone']))).toContain('0');
    expect(
      labels(
        draw(
          [
            [0, 0],
            [0, 0],
          ],
          ['a', 'b'],
        ),
      ).filter((l) => l === '0').length,
    ).toBeGreaterThan(3);
  });

  it('prints its numbers with a contrast of 4.5 : 1 or more at every depth of colour', () => {
    const steps = Array.from({ length: 12 }, (_, row) =>
      Array.from({ length: 12 }, (_, column) => (row * 12 + column) / 143),
    );
    const svg = draw(
      steps,
      steps.map((_, index) => String(index)),
    );
    const fills = all(svg, 'path').flatMap((path) => {
      if (!path.attributes.has('ecmeta_data_index')) return [];
      return [path.attributes.get('fill')?.match(/\d+/g)?.map(Number) ?? []];
    });
    const inks = all(svg, 'text').flatMap((text) =>
      text.attributes.get('style')?.includes('font-size:15px') && !text.attributes.has('y')
        ? [text.attributes.get('fill') === '#ffffff' ? 1 : 0]
        : [],
    );
    expect(fills).toHaveLength(144);
    expect(inks).toHaveLength(144);
    const contrasts = fills.map((fill, index) => {
      const pair = [luminance(fill), inks[index] ?? 0].sort((a, b) => b - a);
      return ((pair[0] ?? 0) + 0.05) / ((pair[1] ?? 0) + 0.05);
    });
    expect(Math.min(...contrasts)).toBeGreaterThan(4.5);
  });
});
