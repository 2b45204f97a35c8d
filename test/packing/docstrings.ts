import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { asProgram, examples } from '../docs/examples';
import { complaints } from './compile';
import type { Project } from './project';

/** Tests that the examples of docstrings compile, with the package as installed. */
export function testDocstrings(projectOf: () => Project): void {
  test('the examples of docstrings compile', async () => {
    const { folder, installed, write } = projectOf();
    const names = exportsOf(await readFile(join(installed, 'dist/node.d.ts'), 'utf8'));
    await mkdir(join(folder, 'docstrings'), { recursive: true });
    const found = examples();
    const files = await Promise.all(
      found.map((example, i) => write(`docstrings/${i}.ts`, asProgram(example, names))),
    );
    const said = complaints(files, 'nodenext').map((line) =>
      line.replace(/^.*docstrings\/(\d+)\.ts:/, (_, i) => `${found[Number(i)].title} `),
    );
    expect(said).toEqual([]);
  });
}

/** What declarations export at the top, not in namespaces. */
function exportsOf(text: string): string[] {
  const { statements } = ts.createSourceFile('node.d.ts', text, ts.ScriptTarget.ES2022);
  return statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map(({ name }) => name.text)
      : [],
  );
}
