import { describe, expect, it } from 'vitest';
import { makeGenotype } from '../../src/nas/genotype';
import { defineOperation, effectOf } from '../../src/nas/operations/defined';
import { OPERATIONS } from '../../src/nas/operations/table';
import { cellSvg } from '../../src/report/cell';
import { fourNodes, threeNodes } from './fixture';
import { all, type Element, labels, parseXml } from './xml';

interface Box {
  readonly what: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Labels as boxes, from their place, anchor and length (0.64 em a letter, a little more than the fonts). */
function textBoxes(svg: Element): Box[] {
  return all(svg, 'text').flatMap((element) => {
    const place = /translate\(([\d.]+) ([\d.]+)\)/.exec(element.attributes.get('transform') ?? '');
    if (!place || element.attributes.get('text-anchor') !== 'middle') return [];
    const what = element.children.join('');
    const half = (what.length * 0.64 * 13) / 2;
    const [x, y] = [Number(place[1]), Number(place[2])];
    return [{ what, left: x - half, right: x + half, top: y - 8, bottom: y + 8 }];
  });
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** As long as names may be. */
const longNames = ['one', 'two', 'six'].map((end) => {
  const { build } = OPERATIONS.sep_conv_3x3;
  return defineOperation({ name: `a_convolution_with_a_long_nam${end}`, build }).name;
});
const [first, second, third] = longNames;
const wide = makeGenotype(4, 3, { ...fourNodes.edges, '01': first, '02': second, '12': third });

describe.each([
  ['three', threeNodes, 3],
  ['four', fourNodes, 6],
  ['four, with long names,', wide, 6],
] as const)('cell of %s nodes', (_, genotype, edges) => {
  const svg = parseXml(cellSvg(genotype, effectOf));

  it('names the operation of every edge once', () => {
    const found = labels(svg);
    for (const operation of Object.values(genotype.edges))
      expect(found.filter((label) => label === operation)).toHaveLength(1);
  });

  it('has an arrow head for every edge and one for the output', () => {
    expect(all(svg, 'polygon')).toHaveLength(edges + 1);
  });

  it('shows the nodes, the input, the concatenation and the output', () => {
    const numbers = Array.from({ length: genotype.nodes }, (_, index) => String(index));
    expect(labels(svg)).toEqual(expect.arrayContaining([...numbers, 'input', 'concat', 'output']));
  });

  it('lets no two labels overlap and none leave the picture', () => {
    const boxes = textBoxes(svg);
    const width = Number(svg.attributes.get('width'));
    const height = Number(svg.attributes.get('height'));
    expect(boxes.length).toBeGreaterThan(edges + genotype.nodes);
    for (const [index, box] of boxes.entries()) {
      expect([box.left >= 0, box.right <= width, box.bottom <= height], box.what).toEqual([true, true, true]);
      for (const other of boxes.slice(index + 1))
        expect(overlap(box, other), `${box.what} and ${other.what}`).toBe(false);
    }
  });
});

describe('cell', () => {
  it('draws an edge that carries nothing dashed', () => {
    const dashed = all(parseXml(cellSvg(fourNodes, effectOf)), 'path').filter((path) =>
      path.attributes.has('stroke-dasharray'),
    );
    expect(dashed).toHaveLength(1);
  });

  it('tells its edges to a reader who cannot see it', () => {
    expect(parseXml(cellSvg(threeNodes, effectOf)).attributes.get('aria-label')).toContain(
      '0 to 2 skip_connect',
    );
  });
});
