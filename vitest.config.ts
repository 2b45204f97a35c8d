import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/suite/longest-first.ts';
import { sortTests } from './test/suite/reach.ts';

export default defineConfig(async () => {
  const { slow } = await sortTests();
  return {
    plugins: [
      {
        name: 'wgsl-as-text',
        transform: (source: string, id: string) =>
          id.endsWith('.wgsl') ? { code: `export default ${JSON.stringify(source)}`, map: null } : undefined,
      },
    ],
    resolve: {
      // Examples import the package by its name, as programs do.
      alias: { taskgrad: fileURLToPath(new URL('src/node.ts', import.meta.url)) },
    },
    test: {
      pool: 'forks',
      isolate: false,
      env: {
        TASKGRAD_TUNE: 'off',
        // Without LLVM's optimiser lavapipe compiles in half the time, on which most of it goes. GALLIVM_PERF= (empty)
        // tests the code that users get.
        GALLIVM_PERF: process.env.GALLIVM_PERF ?? 'nopt',
        // Where Mesa keeps compiled shaders anyway, also for tests that give their programs another home or cache folder.
        MESA_SHADER_CACHE_DIR:
          process.env.MESA_SHADER_CACHE_DIR ?? process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
      },
      execArgv: ['--expose-gc'],
      maxWorkers: 2,
      sequence: { sequencer: LongestFirst },
      testTimeout: 240_000,
      hookTimeout: 240_000,
      projects: [
        {
          extends: true,
          test: {
            name: 'slow',
            include: slow,
            globalSetup: ['test/browser/setup.ts'],
          },
        },
        {
          extends: true,
          test: {
            name: 'fast',
            include: ['test/**/*.test.ts'],
            exclude: slow,
            setupFiles: ['test/suite/only-fast.ts'],
          },
        },
      ],
    },
  };
});
