import { describe, expect, test } from 'vitest';
import { architectureText } from '../../../src/nas/architecture-text';
import { OPERATION_NAMES } from '../../../src/nas/operations/table';
import { cellSpace } from '../../../src/nas/table/networks';

describe('cellSpace', () => {
  test('counts two operations by hand: eight cells are four networks', () => {
    const { cells, networks } = cellSpace(['none', 'sep_conv_3x3'], 3, 1, 'sums');
    expect(cells).toHaveLength(8);
    const own = networks.map(({ places }) => places.map((place) => cells[place]));
    // Nothing arrives at node 2 but by 02, or by 01 and 12.
    expect(own.map((texts) => texts.length)).toEqual([3, 3, 1, 1]);
    expect(own[0]).toContain('|sep_conv_3x3~0|+|none~0|none~1|');
    expect(own[1]).toContain('|none~0|+|sep_conv_3x3~0|sep_conv_3x3~1|');
  });

  test('has the thousand cells of three nodes once each, 695 networks', () => {
    const { cells, networks } = cellSpace(OPERATION_NAMES, 3, 1, 'concatenates');
    expect(new Set(cells).size).toBe(1000);
    expect(networks).toHaveLength(695);
    const places = networks.flatMap(({ places }) => places);
    expect(places.sort((a, b) => a - b)).toEqual([...cells.keys()]);
  });

  test('trains the plainest of cells that are one network', () => {
    const { cells, networks } = cellSpace(OPERATION_NAMES, 3, 1, 'concatenates');
    const place = cells.indexOf('|sep_conv_7x7~0|+|dil_conv_3x3~0|none~1|');
    const same = networks.find(({ places }) => places.includes(place));
    expect(same && architectureText(same.genotype)).toBe('|none~0|+|dil_conv_3x3~0|none~1|');
  });
});
