import { describe, expect, test } from 'vitest';
import { architectureText, parseArchitecture } from '../../src/nas/architecture-text';
import { cellKey } from '../../src/nas/isomorphism';
import { nasBench201Space } from '../../src/nas/nas-bench-201';

const key = (text: string, joins?: 'sums' | 'concatenates') => cellKey(parseArchitecture(text, 1), joins);
const same = (a: string, b: string, joins?: 'sums' | 'concatenates') => key(a, joins) === key(b, joins);

/** All texts of NAS-Bench-201's cells. */
function* allCells(): Generator<string> {
  const { operations } = nasBench201Space;
  for (let code = 0; code < operations.length ** 6; code++) {
    const [a, b, c, d, e, f] = Array.from({ length: 6 }, (_, i) => operations[Math.floor(code / 5 ** i) % 5]);
    yield `|${a}~0|+|${b}~0|${c}~1|+|${d}~0|${e}~1|${f}~2|`;
  }
}

/** How the paper tells topologies apart (its `to_unique_str` with zeros considered): an expression, written from node to node. */
function paperText(text: string): string {
  const nodes = ['0'];
  for (const group of text.split('+')) {
    const terms = group
      .slice(1, -1)
      .split('|')
      .map((taken) => {
        const [operation, from] = taken.split('~');
        const source = nodes[Number(from)];
        if (operation === 'none' || source === '#') return '#';
        return operation === 'skip_connect' ? source : `(${source})@${operation}`;
      });
    nodes.push(terms.sort().join('+'));
  }
  return nodes[3];
}

describe('cells that are the same network', () => {
  test('of NAS-Bench-201 are 5,260 different ones by our key, and 6,466 by the paper’s', () => {
    const paper = new Set<string>();
    const ours = new Set<string>();
    for (const text of allCells()) {
      paper.add(paperText(text));
      ours.add(key(text, 'sums'));
    }
    expect(paper.size).toBe(6466);
    // Counted by a program of its own, in Python, which tries all orders of a cell's operations.
    expect(ours.size).toBe(5260);
  });

  test('have edges without effect left out, and what nobody uses', () => {
    const direct = '|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|';
    const unused = '|nor_conv_1x1~0|+|nor_conv_3x3~0|none~1|+|nor_conv_3x3~0|none~1|none~2|';
    expect(same(direct, unused, 'sums')).toBe(true);
    const ofNothing = '|none~0|+|none~0|nor_conv_1x1~1|+|nor_conv_3x3~0|avg_pool_3x3~1|skip_connect~2|';
    expect(same(direct, ofNothing, 'sums')).toBe(true);
  });

  test('have edges that only pass on drawn together', () => {
    const first = '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|';
    const second = '|skip_connect~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|avg_pool_3x3~2|';
    expect(same(first, second, 'sums')).toBe(true);
  });

  test('may have nodes in another order', () => {
    const first = '|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|none~0|avg_pool_3x3~1|skip_connect~2|';
    const second = '|nor_conv_1x1~0|+|nor_conv_3x3~0|none~1|+|none~0|skip_connect~1|avg_pool_3x3~2|';
    expect(same(first, second, 'sums')).toBe(true);
  });

  test('are not those that compute once what others compute twice, with other weights', () => {
    // b(a(x)) + c(a(x)) beside b(a(x)) + c(d(x)): the paper's expression is the same.
    const shared = '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|nor_conv_3x3~1|nor_conv_3x3~2|';
    const apart = '|nor_conv_3x3~0|+|nor_conv_3x3~0|none~1|+|none~0|nor_conv_3x3~1|nor_conv_3x3~2|';
    expect(paperText(shared)).toBe(paperText(apart));
    expect(same(shared, apart, 'sums')).toBe(false);
    // Pools have no weights: two on the same input are one, taken twice.
    const pools = '|avg_pool_3x3~0|+|avg_pool_3x3~0|none~1|+|none~0|skip_connect~1|skip_connect~2|';
    const pool = '|avg_pool_3x3~0|+|none~0|skip_connect~1|+|none~0|skip_connect~1|skip_connect~2|';
    expect(same(pools, pool, 'sums')).toBe(true);
    expect(same(pools, pool.replaceAll('avg_pool', 'nor_conv'), 'sums')).toBe(false);
  });

  test('whose last node concatenates may have their parts exchanged, but not added up', () => {
    const first = '|skip_connect~0|+|nor_conv_1x1~0|nor_conv_3x3~1|';
    const second = '|skip_connect~0|+|nor_conv_3x3~0|nor_conv_1x1~1|';
    const summed = '|none~0|+|nor_conv_3x3~0|none~1|';
    const doubled = '|skip_connect~0|+|nor_conv_3x3~0|none~1|';
    expect(same(first, second)).toBe(true);
    expect(same(summed, doubled)).toBe(true);
    expect(same(first, summed)).toBe(false);
    expect(key(first)).not.toBe(key(first, 'sums'));
  });

  test('a reduction cell tells genotypes apart', () => {
    const cell = parseArchitecture('|skip_connect~0|+|none~0|skip_connect~1|', 1);
    const reduced = { ...cell, reduction: { ...cell.edges, '02': 'max_pool_3x3' } };
    expect(cellKey(reduced)).not.toBe(cellKey(cell));
    expect(architectureText(cell)).toContain('skip_connect~1');
  });
});
