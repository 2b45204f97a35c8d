import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { HOSTS, namespacesOf } from './doors.mjs';

/** For programs whose TypeScript library is older than what `using` needs. A newer one says the same. */
const DISPOSE = 'declare global { interface SymbolConstructor { readonly dispose: unique symbol } }';

/** Names of PyTorch's that no variable of JavaScript may have, though a member may. */
const RESERVED = ['var'];

/** What `taskgrad/methods` declares. Only who imports that has them: the engine's own tensors are plain. */
const METHODS = `import type { TensorMethods } from '../HOST.js';

declare module '../HOST.js' {
  /** With the ops as methods, since 'taskgrad/methods' is imported: \`x.add(1).relu().sum()\`. */
  interface Tensor extends TensorMethods {}
}
`;

/** The declarations that start from a file, in one piece. */
async function rolledUp(input) {
  const bundle = await rolldown({
    input,
    plugins: [dts({ dtsInput: true })],
    experimental: { attachDebugInfo: 'none' },
    // What the engine uses itself is in no declaration that it publishes.
    onLog: (_, { message }) => {
      throw new Error(message);
    },
  });
  const { output } = await bundle.generate();
  const { code } = output.find(({ fileName }) => fileName.endsWith('.d.ts'));
  return `${DISPOSE}\n${code}`;
}

/** Writes the declarations of a host into one file, and one file a namespace that picks its names out of it. */
async function declare(host, folder) {
  const code = await rolledUp(join(folder, `src/${host}.d.ts`));
  await writeFile(`dist/${host}.d.ts`, code);
  await writeFile(`dist/${host}/methods.d.ts`, METHODS.replaceAll('HOST', host));
  for (const [name] of await namespacesOf(host)) {
    const names = namesIn(code, name).map((member) =>
      RESERVED.includes(member)
        ? `declare const ${member}_: (typeof ${name})['${member}'];\nexport { ${member}_ as ${member} };`
        : `export import ${member} = ${name}.${member};`,
    );
    await writeFile(
      `dist/${host}/${name}.d.ts`,
      [`import { ${name} } from '../${host}.js';`, ...names, ''].join('\n'),
    );
  }
}

/** What a namespace exports, out of rolled-up declarations. @throws if they do not look as expected */
function namesIn(code, name) {
  const [, own] = new RegExp(`^export \\{.* (\\S+) as ${name}[, ].*`, 'm').exec(code) ?? [];
  const [, after] = code.split(`declare namespace ${own} {\n  export { `);
  const members = after?.slice(0, after.indexOf(' };'));
  if (!members) throw new Error(`the declarations have no namespace '${name}'`);
  return members.split(', ').map((member) => member.split(' as ').at(-1));
}

const folder = await mkdtemp(join(tmpdir(), 'taskgrad-declarations-'));
try {
  // Types are checked by `npm run check`.
  const options = ['-p', 'tsconfig.build.json', '--noCheck', '--outDir', folder];
  await promisify(execFile)('node', ['node_modules/typescript/bin/tsc', ...options]);
  await Promise.all(HOSTS.map((host) => declare(host, folder)));
  await writeFile('dist/browser/worker.d.ts', await rolledUp(join(folder, 'src/worker/public.d.ts')));
  await writeFile('dist/browser/engine-worker.d.ts', 'export {};\n');
} finally {
  await rm(folder, { recursive: true, force: true });
}
