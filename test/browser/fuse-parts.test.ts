import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { drawGenotype, type Genotype, makeGenotype } from '../../src/nas/genotype';
import { OPERATION_NAMES } from '../../src/nas/operations/table';
import { Random } from '../../src/tensor/random';
import { genotypeOf } from '../../src/web/engine/linked';
import { cellCode, cellHash, linkedCell } from '../../src/web/fuse/link';
import { CELL_COLOURS, cellNames } from '../../src/web/fuse/names';

const cells = Array.from({ length: 7 }, (_, i) => drawGenotype(OPERATION_NAMES, new Random(i), 4, 3));

describe('candidates', () => {
  test('keep their name and colour from round to round, and no two have the same', () => {
    const [a, b, c, d, e, f, g] = cells;
    const names = cellNames([
      { candidates: [a, b, c] },
      { candidates: [b, d, e] },
      { candidates: [d, f, g] },
    ]);
    const spoken = [a, b, c, d, e, f, g].map(({ hash }) => names.get(hash)?.name);
    expect(spoken).toEqual(['Cell A', 'Cell B', 'Cell C', 'Cell D', 'Cell E', 'Cell F', 'Cell G']);
    expect(new Set([...names.values()].map(({ colour }) => colour)).size).toBe(7);
  });

  test.each([':root {', ':root[data-theme="dark"] {'])(
    '%s have colours apart from those of operations',
    (theme) => {
      const colours = coloursOf(theme);
      const own = Array.from({ length: CELL_COLOURS }, (_, i) => colours.get(`--cell-${i + 1}`) ?? '');
      const operations = ['--series-1', '--series-2', '--series-3', '--muted'].map(
        (name) => colours.get(name) ?? '',
      );
      for (const [i, colour] of own.entries()) {
        for (const other of [...operations, ...own.slice(0, i)]) {
          // 2.3 is the least difference that is seen (Mahy et al. 1994).
          expect(difference(colour, other), `${colour} and ${other}`).toBeGreaterThan(20);
        }
        const [light, dark] = [luminance(colour), luminance(colours.get('--card') ?? '')].sort(
          (x, y) => y - x,
        );
        expect((light + 0.05) / (dark + 0.05), `${colour} on a card`).toBeGreaterThan(3);
      }
    },
  );
});

describe('a link', () => {
  test('names a cell in full, and nothing else', () => {
    for (const cell of cells) {
      const link = linkedCell(cellHash('2', cell));
      expect(link).toEqual({ task: '2', code: cellCode(cell) });
      expect(genotypeOf(link?.code ?? '')).toEqual(cell);
    }
    expect(linkedCell('#fuse')).toBeUndefined();
    expect(linkedCell('#train&task=2')).toBeUndefined();
  });

  test('that is no cell is refused with what is wrong', () => {
    const cell: Genotype = makeGenotype(3, 3, { '01': 'none', '02': 'skip_connect', '12': 'none' });
    const code = cellCode(cell);
    expect(code).toBe('3.3.none.skip_connect.none');
    expect(() => genotypeOf(code.replace('3.3', '9.3'))).toThrow(/begins with '9', expected 3 or 4 nodes/);
    expect(() => genotypeOf(code.replace('3.3', '3.64'))).toThrow(/has '64' channels, expected 3/);
    expect(() => genotypeOf('3.3.none')).toThrow(/has 1 operations, expected one for each of 3 edges/);
    expect(() => genotypeOf(code.replace('skip', 'evil'))).toThrow(/evil_connect/);
    expect(() => genotypeOf('')).toThrow(/expected 3 or 4 nodes/);
    for (const wild of ['<b>', `3.3.${'a'.repeat(300)}`, '3.3.none none'])
      expect(linkedCell(`#fuse&${new URLSearchParams({ task: '3', cell: wild })}`)?.code).toBe('');
  });
});

/** Colours of a theme, by their names. */
function coloursOf(theme: string): Map<string, string> {
  const sheets = ['src/web/style.css', 'src/web/fuse/fuse.css'].map((file) => readFileSync(file, 'utf8'));
  const blocks = sheets.map((sheet) => {
    const from = sheet.indexOf(theme);
    return sheet.slice(from, sheet.indexOf('}', from));
  });
  return new Map(
    Array.from(blocks.join('').matchAll(/(--[\w-]+): (#[0-9a-f]{6})/g), ([, name, value]) => [name, value]),
  );
}

const linear = (colour: string): number[] =>
  [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });

const weigh = (values: readonly number[], weights: readonly number[]) =>
  values.reduce((sum, value, i) => sum + value * weights[i], 0);

const luminance = (colour: string): number => weigh(linear(colour), [0.2126, 0.7152, 0.0722]);

/** Euclidean distance in CIELAB (CIE 1976). */
function difference(a: string, b: string): number {
  const lab = (colour: string) => {
    const rgb = linear(colour);
    const xyz = [
      weigh(rgb, [0.4124, 0.3576, 0.1805]) / 0.9505,
      weigh(rgb, [0.2126, 0.7152, 0.0722]),
      weigh(rgb, [0.0193, 0.1192, 0.9505]) / 1.089,
    ];
    const [x, y, z] = xyz.map((t) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27) * (t / 116) + 16 / 116));
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  };
  const [p, q] = [lab(a), lab(b)];
  return Math.hypot(...p.map((value, i) => value - q[i]));
}
