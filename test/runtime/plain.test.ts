import { describe, expect, test } from 'vitest';
import { GpuOutOfMemoryError, ShaderCompileError, TaskgradError } from '../../runtime/errors';
import { plain, plainLine } from '../../runtime/plain';
import { jsonLine } from '../../src/cli/progress';
import { DataError } from '../../src/data/errors';
import { renderSvg } from '../../src/report/chart';
import { escapeHtml } from '../../src/report/markup';
import { tableText } from '../../src/report/table';
import { parseXml } from '../report/xml';

/** Sets the title of a terminal, rings, turns the direction of text, and is no XML. */
const NAME = 'a\x1b]0;owned\x07b\x9bc\u202ed\ufffee\ud800f\x7fg\rh';
const SHOWN = 'a␛]0;owned␇b\ufffdc\ufffdd\ufffde\ufffdf␡g␍h';

describe('text from outside', () => {
  test('is plain when it is shown: its commands are pictures', () => {
    expect(plain(NAME)).toBe(SHOWN);
    expect(plain('Ünï – 猫 😀\n\tline')).toBe('Ünï – 猫 😀\n\tline');
    expect(plainLine('a\nb\tc')).toBe('a␊b␉c');
  });

  test('is plain in tables, pages, pictures and lines of JSON', () => {
    const table = { columns: [{ name: 'x', numeric: false }], rows: [[`${NAME}\n`]] };
    expect(tableText(table)).toContain(`${SHOWN}␊`);
    expect(escapeHtml(`${NAME}<`)).toBe(`${SHOWN}&lt;`);
    const svg = renderSvg(
      { title: { text: NAME }, xAxis: { data: [NAME] }, yAxis: {}, series: [{ type: 'bar', data: [1] }] },
      { width: 300, height: 200, label: NAME },
    );
    expect(() => parseXml(svg)).not.toThrow();
    expect(svg).toContain(SHOWN);
    const line = jsonLine({ name: NAME });
    expect(line).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(line).name).toBe(NAME);
  });
});

describe('an error', () => {
  test('is one plain line of at most 500 characters that keeps its end, where the advice stands', () => {
    const advice = 'Write something shorter';
    const problem = { file: NAME, expected: 'less', found: 'x'.repeat(10_000), advice };
    const { message } = new DataError('DATA_FORMAT', problem);
    expect(message.startsWith(SHOWN)).toBe(true);
    expect(message.endsWith(advice)).toBe(true);
    expect(message).toHaveLength(500);
  });

  test.each([499, 500])('of %i characters is whole', (length) => {
    expect(new TaskgradError('X', 'x'.repeat(length)).message).toBe('x'.repeat(length));
  });

  test('of any class is plain', () => {
    expect(new GpuOutOfMemoryError(1, NAME, 'a\nb').message).toContain(`${SHOWN} needs 1 bytes; a␊b`);
  });

  test('of a shader shows its lines, and is bounded, too', () => {
    const source = `${NAME}\n${'y'.repeat(50_000)}`;
    const { message } = new ShaderCompileError('k', source, [{ lineNum: 1, linePos: 1, message: 'no' }]);
    expect(message.split('\n')).toHaveLength(4);
    expect(message).toContain(`1 | ${SHOWN}`);
    expect(message.length).toBeLessThanOrEqual(10_000);
  });
});
