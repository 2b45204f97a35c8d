import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { recipesOf } from './recipes';
import { type Ended, openWorkshop, type Workshop } from './workshop';

const recipes = recipesOf(readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8'));

/** What vitest writes with `--reporter=json`. */
const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});
type Report = z.infer<typeof reportSchema>;

/** `npx vitest run FILE... -t NAME`, the command that walks what was added. */
const VITEST = /^npx vitest run (.+) -t (\w+)$/;

const walks = recipes.map(({ title, commands }) => {
  const found = commands.flatMap((command) => {
    const [, files, name] = VITEST.exec(command) ?? [];
    return files === undefined ? [] : [{ files: files.split(' '), name }];
  });
  return { title, found };
});
const others = [...new Set(recipes.flatMap(({ commands }) => commands.filter((one) => !VITEST.test(one))))];

/** All recipes are carried out on one copy; their tests run together, and beside them what is no test. */
describe('the recipes of CONTRIBUTING.md', () => {
  let workshop: Workshop;
  let tests: Ended;
  let report: Report;
  const ended = new Map<string, Ended>();

  beforeAll(async () => {
    workshop = await openWorkshop();
    for (const { edits } of recipes) for (const edit of edits) await workshop.edit(edit);
    const all = walks.flatMap(({ found }) => found);
    const files = [...new Set(all.flatMap((walk) => walk.files))].join(' ');
    const names = all.map(({ name }) => name).join('|');
    const path = join(workshop.folder, 'report.json');
    const testing = workshop.run(
      `npx vitest run ${files} -t "${names}" --reporter=default --reporter=json --outputFile.json=${path}`,
    );
    for (const command of others) ended.set(command, await workshop.run(command));
    tests = await testing;
    const written = await readFile(path, 'utf8').catch(() => '{ "testResults": [] }');
    report = reportSchema.parse(JSON.parse(written));
  });
  afterAll(() => workshop?.remove());

  test('are five, each with code to write and tests to run', () => {
    expect(recipes.map(({ title }) => title)).toEqual([
      'Add an op',
      'Add a kernel variant',
      'Add a data set',
      'Add a search method',
      'Add an operation of cells',
    ]);
    for (const { title, edits } of recipes) expect(edits.length, title).toBeGreaterThan(0);
    for (const { title, found } of walks) expect(found.length, title).toBeGreaterThan(0);
  });

  test.each(walks.map(({ title, found }) => [title, found] as const))(
    '%s › its tests walk what was added, and pass',
    (_, found) => {
      for (const { files, name } of found) {
        for (const file of files) {
          const walked = report.testResults
            .filter((result) => result.name.replaceAll('\\', '/').includes(`/${file}`))
            .flatMap(({ assertionResults }) => assertionResults)
            .filter(({ fullName }) => new RegExp(name).test(fullName));
          expect(walked.length, `tests of ${file} called '${name}'\n${tests.output}`).toBeGreaterThan(0);
          const failed = walked.filter(({ status }) => status !== 'passed');
          expect(failed.map(({ fullName, failureMessages }) => [fullName, failureMessages])).toEqual([]);
        }
      }
    },
  );

  test('leave no test failing', () => {
    expect(tests.code, tests.output).toBe(0);
  });

  test.each(others)('leave nothing for `%s` to say', (command) => {
    const { code, output } = ended.get(command) ?? { code: null, output: 'not run' };
    expect(code, output).toBe(0);
  });
});
