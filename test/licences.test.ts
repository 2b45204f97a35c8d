import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

interface Installed {
  readonly license?: string;
  readonly dev?: boolean;
}

const { dependencies, optionalDependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
  string,
  Record<string, string>
>;
const production = Object.keys({ ...dependencies, ...optionalDependencies });
/** All that is installed beside the product, whatever asked for it; by its path under node_modules. */
const installed = Object.entries(
  (JSON.parse(read('package-lock.json')) as { packages: Record<string, Installed> }).packages,
).filter(([path, { dev }]) => path !== '' && !dev);

const ALLOWED = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD']);
/** Linked by who installs it, not by us: npm has it as a package of its own. */
const LIBVIPS = /^node_modules\/@img\/sharp-/;
const LGPL = 'LGPL-3.0-or-later';

const isAllowed = (path: string, license = 'none'): boolean =>
  license.split(' AND ').every((one) => ALLOWED.has(one) || (one === LGPL && LIBVIPS.test(path)));

const [, packages = ''] = read('README.md').split('## Packages and why\n');
/** Reasons by the names in the table. */
const reasons = new Map(
  [...packages.matchAll(/^\| (`.*?) +\| (.*?) +\|$/gm)].flatMap(([, names, reason]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => [name, reason] as const),
  ),
);

describe('packages that come with the product', () => {
  test('are under licences that allow it, all of them', () => {
    expect(installed.length).toBeGreaterThan(production.length);
    const wrong = installed.filter(([path, { license }]) => !isAllowed(path, license));
    expect(wrong.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });

  test.each(production)('%s has a line with its reason in the README', (name) => {
    expect(reasons.get(name)).toMatch(/\w{3}/);
  });

  test('are all that the README has reasons for, beside those of tests and builds', () => {
    const known = [...production, ...Object.keys(devDependencies)];
    expect([...reasons.keys()].filter((name) => !known.includes(name))).toEqual([]);
  });

  test.each([
    ['node_modules/x', 'GPL-3.0'],
    ['node_modules/x', LGPL],
    ['node_modules/x', undefined],
    ['node_modules/x', 'MIT AND GPL-2.0'],
  ])('would not be %s under %s', (path, license) => {
    expect(isAllowed(path, license)).toBe(false);
  });
});
