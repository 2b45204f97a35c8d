import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expandAllImports } from '../runtime/wgsl/all-imports';
import { useGpu } from './use-gpu';

const FOLDER = new URL('../shaders/', import.meta.url);
const shaders = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.wgsl'))
  .map((file) => `shaders/${file.replaceAll('\\', '/')}`)
  .sort();
const held = useGpu();

describe('every shader', () => {
  test.each(shaders)('%s compiles as it stands', async (file) => {
    const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
    // A snippet cannot import another: its header says after which ones it has to be imported.
    const after = file.startsWith('shaders/snippets/')
      ? /^\/\/ Imported .*, after (\w+(?: and \w+)*):/m.exec(text)?.[1]
      : undefined;
    const snippet = (name: string) => readFileSync(new URL(`snippets/${name}.wgsl`, FOLDER), 'utf8');
    const first = after?.split(' and ').map(snippet) ?? [];
    const code = expandAllImports([...first, text].join('\n'));
    const { device } = held.gpu.runtime;
    device.pushErrorScope('validation');
    const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
    await device.popErrorScope();
    expect(messages.map(({ lineNum, message }) => `${lineNum}: ${message}`)).toEqual([]);
  });
});
