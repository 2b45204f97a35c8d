import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PRESET_NAMES, settingsOf } from '../../src/experiment/settings/presets';
import { PROTOCOLS } from '../../src/experiment/settings/protocols';
import { DIFFERENCES, refused } from '../../src/report/fidelity/fidelity';
import { fidelityMarkdown, fidelitySection } from '../../src/report/fidelity/page';
import { FOLLOWED, NOT_FOLLOWED } from '../../src/report/fidelity/record';
import { all, type Element, parseXml, textOf } from './xml';

/** Plain data as its leaves, by dotted paths. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key));
}

const { rules, ...groups } = PROTOCOLS.original;
const set = leaves({ protocol: rules, ...groups }).map(([path]) => path);

describe('the records of what is not as in the papers', () => {
  it('name every setting that the original sets over a preset, each once, and no other', () => {
    expect(DIFFERENCES.flatMap(({ setting }) => setting ?? []).sort()).toEqual([...set].sort());
  });

  it.each(PRESET_NAMES)('name all that the protocols differ in under preset %s', (preset) => {
    const corrected = new Map(leaves(settingsOf(preset, 0, 'corrected')));
    const original = leaves(settingsOf(preset, 0, 'original'));
    const differing = original.filter(([path, value]) => corrected.get(path) !== value);
    expect(differing.length).toBeGreaterThan(8);
    for (const [path] of differing) if (path !== 'protocol.name') expect(set).toContain(path);
  });

  it('say of a setting that differs what is followed, and of nothing else', () => {
    for (const { what, setting, original } of DIFFERENCES) {
      if (setting) expect(original, what).not.toBe(NOT_FOLLOWED);
      if (original === NOT_FOLLOWED) expect(setting, what).toBeUndefined();
    }
  });

  it('refuse α on test images, and only that, with a word why', () => {
    expect(refused.map(({ what }) => what)).toEqual(['Images of α']);
    expect(refused[0].original).toMatch(/^refused: α on test images would choose the cell by the images/);
  });

  it.each([
    'Images of α',
    'Learning rate of α',
    'Batch of α',
    'Optimisers',
    'Negatives of a task',
    'First weights of the round’s winner',
    'Learning rate of the last training',
    'Batch norm in the last training',
    'Task 1',
    'Similarity of 2010.13962',
    'Tables of 2103.12827',
    'Estimator of the Fisher information',
    'Images of the Fisher information',
    'Heads of different tasks',
  ])('hold: %s', (what) => {
    expect(DIFFERENCES.map((difference) => difference.what)).toContain(what);
  });

  it('have a name each, and say in whole words what is there and here', () => {
    expect(new Set(DIFFERENCES.map(({ what }) => what)).size).toBe(DIFFERENCES.length);
    for (const { what, papers, corrected, original, source } of DIFFERENCES) {
      expect(`${papers}${corrected}`, what).toMatch(/^[^|\n]+$/);
      if (original !== FOLLOWED && original !== NOT_FOLLOWED) expect(original, what).toMatch(/\.$/);
      expect(source.length, what).toBeGreaterThan(5);
    }
  });
});

describe('the page of them', () => {
  it('is what the README points to', () => {
    expect(readFileSync('README.md', 'utf8')).toContain('(src/report/fidelity/README.md)');
  });

  it('is the README of their folder', () => {
    // The formatter aligns the columns of tables.
    const unaligned = (text: string) => text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');
    const page = readFileSync('src/report/fidelity/README.md', 'utf8');
    expect(unaligned(page)).toBe(unaligned(fidelityMarkdown()));
  });

  it('has a row for each in the report, and names the protocol of the run', () => {
    const page: Element = parseXml(fidelitySection('original').text);
    const rows = all(page, 'tr').filter((row) => all(row, 'td').length > 0);
    const first = rows.flatMap((row) => all(row, 'th').map(textOf));
    expect(first).toEqual(DIFFERENCES.map(({ what }) => what));
    expect(textOf(page)).toContain('This run followed the protocol original.');
    expect(fidelitySection(undefined).text).not.toContain('This run');
  });
});
