import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { spoilFile } from './store-place';
import { testStore } from './store-suite';

describe('a store in a folder', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'taskgrad-folder-store-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  testStore({
    isShared: true,
    places: async () => {
      const folder = await mkdtemp(join(root, 'store-'));
      return [{ folder }, { folder }];
    },
    spoil: async (place, key, content) => {
      if ('folder' in place) await spoilFile(place.folder, key, content);
    },
  });
});
