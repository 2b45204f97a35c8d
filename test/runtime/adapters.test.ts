import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifyAdapter } from '../../runtime/host';
import { makeProgram, type Outcome, type Program } from './child';

const HIDDEN = { VK_DRIVER_FILES: '/nonexistent.json' };
let program: Program;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'taskgrad-adapters-'));
  program = await makeProgram(`
const [adapter, ...others] = process.env.ADAPTER!.split(' ') as 'auto'[];
const drivers = () => Object.entries(process.env).filter(([name]) => name.startsWith('VK_'));
const before = drivers();
try {
  const [gpu, ...more] = await Promise.all([adapter, ...others].map((adapter) => engine.openGpu({ adapter })));
  const values = [...(await gpu.arange(3).data())];
  const beside = more.map(({ adapter }) => adapter.kind);
  const changed = JSON.stringify(drivers()) !== JSON.stringify(before);
  console.log(JSON.stringify({ ...gpu.adapter, values, beside, changed }));
  for (const one of [gpu, ...more]) one.dispose();
} catch (error) {
  if (!(error instanceof engine.GpuUnavailableError)) throw error;
  console.log(JSON.stringify({ code: error.code, attempts: error.attempts, remedy: error.remedy, message: error.message }));
}`);
});
afterAll(() => {
  program.remove();
  rmSync(folder, { recursive: true, force: true });
});

const open = async (adapter: string, environment: Record<string, string>) => {
  const outcome = await program.run({ ADAPTER: adapter, ...environment });
  expect(outcome.code, outcome.stderr).toBe(0);
  return resultOf(outcome);
};
const resultOf = ({ stdout }: Outcome) => JSON.parse(stdout);

const packaged = process.platform === 'linux' && process.arch === 'x64';
describe.skipIf(!packaged)('without a usable driver (the packaged SwiftShader is for linux-x64)', () => {
  test("'auto' takes SwiftShader from npm, says so and how to get a better one, and computes", async () => {
    const found = await open('auto', HIDDEN);
    expect(found).toMatchObject({ kind: 'swiftshader', software: true, values: [0, 1, 2] });
    expect(found.description).toContain('SwiftShader');
    expect(found.hint).toContain('lavapipe');
  });

  test('an empty cache is filled, and used again by the next process', async () => {
    const cache = join(folder, 'empty');
    const environment = { ...HIDDEN, XDG_CACHE_HOME: cache };
    expect((await open('auto', environment)).kind).toBe('swiftshader');
    const [unpacked] = readdirSync(join(cache, 'taskgrad'));
    expect(readdirSync(join(cache, 'taskgrad', unpacked))).toContain('libvk_swiftshader.so');
    expect((await open('swiftshader', environment)).kind).toBe('swiftshader');
    expect(readdirSync(join(cache, 'taskgrad'))).toEqual([unpacked]);
  });

  test('two processes that fill the cache at once leave one whole copy', async () => {
    const cache = join(folder, 'contended');
    const environment = { ...HIDDEN, XDG_CACHE_HOME: cache };
    const found = await Promise.all([open('auto', environment), open('auto', environment)]);
    expect(found.map(({ kind }) => kind)).toEqual(['swiftshader', 'swiftshader']);
    expect(readdirSync(join(cache, 'taskgrad'))).toHaveLength(1);
  });

  test('several that are opened at once leave the environment as it was, and each finds its own', async () => {
    const { kind } = await open('auto', {});
    const found = await open(`${kind} swiftshader ${kind} auto`, {});
    expect(found).toMatchObject({ kind, beside: ['swiftshader', kind, kind], changed: false });
  });

  test('a cache that cannot be written is one of the attempts, not a crash', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const failed = await open('auto', { ...HIDDEN, XDG_CACHE_HOME: join(file, 'cache') });
    expect(failed.code).toBe('GPU_UNAVAILABLE');
    expect(failed.attempts[1].what).toContain('SwiftShader');
    expect(failed.attempts[1].outcome).toMatch(/cannot be had in .*a-file.*XDG_CACHE_HOME.*ENOTDIR/);
  });
});

test("without a driver 'gpu' throws GpuUnavailableError with what was tried and how to mend it", async () => {
  const failed = await open('gpu', HIDDEN);
  expect(failed.code).toBe('GPU_UNAVAILABLE');
  expect(failed.attempts).toEqual([{ what: 'installed drivers', outcome: 'none found' }]);
  expect(failed.remedy).toContain('Install a Vulkan driver');
  expect(failed.message).toContain('installed drivers: none found');
});

const ICDS = '/usr/share/vulkan/icd.d';
const hasLavapipe = existsSync(ICDS) && readdirSync(ICDS).some((file) => file.startsWith('lvp_icd'));
const why = hasLavapipe ? '' : ` (skipped: there is no lavapipe in ${ICDS})`;
test.skipIf(!hasLavapipe)(
  `with only lavapipe installed 'auto' takes it, and 'gpu' names what it found instead${why}`,
  async ({ skip }) => {
    const failed = await open('gpu', {});
    skip(failed.kind === 'gpu', 'there is a real GPU');
    expect(failed.attempts[0].outcome).toMatch(/^only llvmpipe.* found$/);
    const found = await open('auto', {});
    expect(found).toMatchObject({ kind: 'lavapipe', software: true, values: [0, 1, 2] });
    expect(found.hint).toContain('Vulkan driver');
  },
);

test('adapters are told apart by what their drivers say of themselves', () => {
  const info = { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false };
  const kindOf = (facts: Partial<GPUAdapterInfo>) => classifyAdapter({ ...info, ...facts } as GPUAdapterInfo);
  expect(kindOf({ vendor: 'nvidia', architecture: 'hopper', description: 'NVIDIA H100' })).toBe('gpu');
  expect(kindOf({ device: 'llvmpipe (LLVM 15.0.6, 256 bits)' })).toBe('lavapipe');
  expect(kindOf({ vendor: 'google', architecture: 'swiftshader' })).toBe('swiftshader');
  expect(kindOf({ vendor: 'microsoft', isFallbackAdapter: true })).toBe('swiftshader');
});
