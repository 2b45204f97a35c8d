import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    {
      name: 'wgsl-as-text',
      transform: (source, id) =>
        id.endsWith('.wgsl') ? { code: `export default ${JSON.stringify(source)}`, map: null } : undefined,
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/browser/setup.ts'],
    pool: 'forks',
    env: { TASKGRAD_TUNE: 'off' },
    execArgv: ['--expose-gc'],
    maxWorkers: 2,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
