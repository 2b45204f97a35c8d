import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Floors from the ground up, by the start of a path; a file may import from its own floor and those below. */
const FLOORS: readonly (readonly string[])[] = [
  ['shaders/', 'src/version.ts'],
  ['runtime/'],
  ['src/tensor/'],
  ['src/autograd/'],
  ['src/ops/'],
  ['src/nn/', 'src/optim/', 'src/models/'],
  ['src/data/', 'src/tasks/', 'src/training/'],
  ['src/fisher/'],
  ['src/nas/'],
  ['src/onnx/'],
  ['src/kernel-bench/', 'src/report/'],
  ['src/experiment/', 'src/worker/'],
  ['src/cli/', 'src/web/'],
];
/** The public doors stand on all floors: they may open onto any of them but the roof, which comes in through them. */
const DOORS = ['src/api.ts', 'src/open.ts', 'src/node.ts', 'src/browser.ts', 'src/engine-worker.ts'];
/** What writes, opens or renames files, by those who may. All others call `writeFileAtomic`. */
const WRITERS: Readonly<Record<string, readonly string[]>> = {
  'runtime/dump.node.ts': ['writeFileSync'],
  'runtime/swiftshader-files.node.ts': ['rename', 'writeFile'],
  'runtime/talk.node.ts': ['openSync', 'writeSync'],
  'src/cli/log.ts': ['appendFileSync', 'truncateSync'],
  'src/data/download.node.ts': ['rename'],
  'src/data/files.node.ts': ['open', 'rename'],
  'src/data/read.node.ts': ['open'],
  'src/data/transfer.node.ts': ['open'],
  'src/experiment/hold.node.ts': ['utimes'],
};
const HOST_SIDE = /\.node\.ts$|^src\/node\.ts$|^src\/cli\//;

const roof = FLOORS.length - 1;
const floorOf = (path: string) =>
  FLOORS.findIndex((folders) => folders.some((folder) => path.startsWith(folder)));

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Path in the house, undefined for a package. */
  readonly to: string | undefined;
  readonly typeOnly: boolean;
}

const filesUnder = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file).replaceAll('\\', '/'))
    .sort();

const sources = [...filesUnder('runtime', '.ts'), ...filesUnder('src', '.ts'), ...filesUnder('src', '.tsx')];
const imports = sources.flatMap(importsOf);
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const housePage = readFileSync(join(root, 'src/README.md'), 'utf8');

function importsOf(from: string): Import[] {
  const source = ts.createSourceFile(
    from,
    readFileSync(join(root, from), 'utf8'),
    ts.ScriptTarget.ES2023,
    true,
  );
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const dynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const specifier = dynamic
      ? node.arguments[0]
      : ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : undefined;
    if (specifier && ts.isStringLiteral(specifier)) {
      found.push({
        from,
        specifier: specifier.text,
        to: resolveInHouse(from, specifier.text),
        typeOnly: isTypeOnly(node),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  if (!ts.isImportDeclaration(node) || !node.importClause) return false;
  const { isTypeOnly, name, namedBindings } = node.importClause;
  if (isTypeOnly) return true;
  const named = namedBindings && ts.isNamedImports(namedBindings) ? namedBindings.elements : undefined;
  return !name && named !== undefined && named.every((element) => element.isTypeOnly);
}

function resolveInHouse(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const path = relative(root, join(root, dirname(from), specifier)).replaceAll('\\', '/');
  const candidates = [path, `${path}.ts`, `${path}.tsx`, `${path}.node.ts`];
  return candidates.find((candidate) => /\.\w+$/.test(candidate) && existsSync(join(root, candidate)));
}

function circlesOf(arrows: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of arrows) if (to) next.set(from, [...(next.get(from) ?? []), to]);
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file) || path.includes(file)) return;
    for (const other of next.get(file) ?? []) visit(other, [...path, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
  return circles;
}

const shown = ({ from, specifier }: Import) => `${from} imports '${specifier}'`;

describe('the house', () => {
  test('every file stands on a floor, and every relative import leads somewhere', () => {
    expect(sources.filter((file) => floorOf(file) < 0 && !DOORS.includes(file))).toEqual([]);
    expect(imports.filter(({ to, specifier }) => specifier.startsWith('.') && !to).map(shown)).toEqual([]);
    expect(imports.length).toBeGreaterThan(100);
  });

  test('imports go downward only', () => {
    const wrong = imports.filter(({ from, to }) => {
      if (!to) return false;
      if (DOORS.includes(from)) return floorOf(to) === roof;
      if (DOORS.includes(to)) return floorOf(from) !== roof;
      return floorOf(to) > floorOf(from);
    });
    expect(wrong.map(shown)).toEqual([]);
  });

  test('is described on its page: every folder, and no other', () => {
    const rows = [...housePage.matchAll(/^\| `([^`]+\/)`/gm)].map(([, folder]) => folder);
    const folders = new Set(sources.map((file) => `${dirname(file)}/`));
    folders.delete('src/'); // the doors, which the page names one by one
    expect(rows.toSorted()).toEqual(['shaders/', ...folders].toSorted());
  });

  test('is drawn there floor by floor, the roof first', () => {
    const [drawing] = housePage.split('```mermaid\n')[1].split('```');
    const drawn = [...drawing.matchAll(/\["(.+?)<br>/g)].map(([, folders]) => folders.split(' · '));
    const floors = FLOORS.map((paths) => paths.filter((path) => path.endsWith('/')));
    expect(drawn).toEqual(floors.toReversed());
  });

  test('no files import each other in a circle', () => {
    expect(circlesOf(imports.filter(({ typeOnly }) => !typeOnly))).toEqual([]);
  });

  test('no types do either, but those of a GPU and the tensors it makes', () => {
    expect(circlesOf(imports.filter(({ from }) => !from.startsWith('src/tensor/')))).toEqual([]);
  });

  test('only the host side imports Node’s own modules, or files that do', () => {
    const builtins = new Set(builtinModules);
    const usesNode = ({ specifier, to }: Import) =>
      specifier.startsWith('node:') || builtins.has(specifier) || (to !== undefined && HOST_SIDE.test(to));
    const wrong = imports.filter((one) => !HOST_SIDE.test(one.from) && !one.typeOnly && usesNode(one));
    expect(wrong.map(shown)).toEqual([]);
  });

  test('files are written by writeFileAtomic, whole or not at all; few write in another way', () => {
    const fromFs = /^import ([^;]+?) from '(?:node:)?fs(?:\/promises)?';/gm;
    const harmless = /^(type |read|realpath|createRead|exists|[fl]?stat|access|mkd|rm|close|constants)/;
    const found = sources.map((file) => {
      const clauses = [...text(file).matchAll(fromFs)].map(([, clause]) => clause.replace(/^{|}$/g, ''));
      const names = clauses.flatMap((clause) => clause.split(',')).map((name) => name.trim());
      return [file, names.filter((name) => name && !harmless.test(name)).sort()] as const;
    });
    expect(Object.fromEntries(found.filter(([, names]) => names.length > 0))).toEqual(WRITERS);
  });

  test('what is printed goes through one file, which takes commands to the terminal out of it', () => {
    const printing = /\b(process\.std(out|err)\.write|console\.\w+)\(/;
    const code = (file: string) => text(file).replace(/\/\*\*.*?\*\//gs, ''); // examples may print
    const found = sources.filter((file) => !file.startsWith('src/web/') && printing.test(code(file)));
    expect(found).toEqual(['src/cli/print.ts']);
  });

  test('no file is longer than 400 lines, and none has a default export', () => {
    expect(sources.filter((file) => text(file).split('\n').length > 401)).toEqual([]);
    expect(sources.filter((file) => /^export default /m.test(text(file)) && !file.endsWith('.d.ts'))).toEqual(
      [],
    );
  });
});

describe('every shader', () => {
  const shaders = filesUnder('shaders', '.wgsl');

  test('starts with a comment of three lines', () => {
    const headers = shaders.map((file) => readFileSync(join(root, file), 'utf8').split('\n').slice(0, 3));
    const without = shaders.filter((_, i) => !headers[i].every((line) => line.startsWith('// ')));
    expect(without).toEqual([]);
  });

  test.each(['conv2d', 'matmul'])(
    'of a way of %s begins with the name of the way, which is that of its file',
    (op) => {
      const ways = filesUnder(`src/ops/${op}`, '.ts').map((file) => file.replace(/^.*\/|\.ts$/g, ''));
      const own = shaders.filter((file) => file.startsWith(`shaders/${op}_`));
      expect(own.length).toBeGreaterThan(2);
      // A way may take several steps, and its weight gradient others.
      const wayOf = (file: string) =>
        file.slice(`shaders/${op}_`.length, -'.wgsl'.length).replaceAll('_', '-');
      const strange = own.filter((file) => !ways.some((way) => `${wayOf(file)}-`.startsWith(`${way}-`)));
      expect(strange).toEqual([]);
    },
  );

  test('is used by some file', () => {
    const used = new Set(imports.map(({ to }) => to));
    expect(shaders.filter((file) => !used.has(file))).toEqual([]);
  });
});
