import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Profile } from '../../runtime/profile';
import { writeProfileFiles } from '../../src/cli/profiling';
import { writeGenotype } from '../../src/cli/said/genotype-files';
import { writeTuned } from '../../src/data/tuned.node';
import { withEntry } from '../../src/nas/dictionary';
import { writeDictionary } from '../../src/nas/dictionary.node';
import { saveSearch } from '../../src/nas/search-state.node';
import { writeReport } from '../../src/report/write.node';
import { saveTensors } from '../../src/training/checkpoint.node';
import { cellOf } from '../nas/toy';
import { results } from '../report/fixture';
import { useGpu } from '../use-gpu';
import { useFolder } from './folder';
import { linkFiles } from './links';

const held = useGpu();
const folder = useFolder();
const inOut = (name: string) => join(folder.path, 'out', name);
beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', inOut('cache'));
  return () => vi.unstubAllEnvs();
});

const adapter = { kind: 'gpu' as const, description: 'Card 5000', software: false };
const limits = { flopsPerSecond: 1, bytesPerSecond: 1, launchSeconds: 1 };
const profile: Profile = {
  ...{ adapter, source: 'wall-clock', wallSeconds: 1, gpuSeconds: 1, dispatches: 0, submits: 0 },
  ...{ readbacks: 0, kernels: [], gpu: [], cpu: [], droppedSpans: 0 },
};
const cell = (turn: number) => cellOf(turn === 0 ? 'skip_connect' : 'dil_conv_3x3');
const tensors = (turn: number) => new Map([['w', held.gpu.full([2], turn)]]);

/** What keeps files for users, and writes them anew in each turn. */
const WRITERS: Record<string, (turn: number) => Promise<unknown>> = {
  'a checkpoint': (turn) => saveTensors(inOut('net.safetensors'), tensors(turn)),
  'a search': (turn) => {
    const state = { method: 'fuse', settings: {}, turn };
    return saveSearch(inOut('search.safetensors'), state, tensors(turn));
  },
  'a dictionary': (turn) => writeDictionary(inOut('all.json'), withEntry({}, '3', cell(turn), 0.5)),
  'a report': (turn) => writeReport(inOut(''), { ...results, seed: turn }),
  'a genotype': (turn) => writeGenotype(inOut('cell'), cell(turn)),
  'the tuned choices': (turn) => writeTuned(adapter, { matmul: `way ${turn}` }),
  'a profile': (turn) =>
    writeProfileFiles({ say: () => undefined }, { ...profile, wallSeconds: turn }, limits, {
      trace: inOut('trace.json'),
      json: inOut('profile.json'),
      flame: inOut('flame.svg'),
    }),
};

describe('a file that is written again', () => {
  it.each(Object.entries(WRITERS))('is replaced, never written in place: %s', async (_, write) => {
    await write(0);
    const changes = await linkFiles(join(folder.path, 'out'), join(folder.path, 'old'));
    await write(1);
    const { replaced, writtenInPlace } = await changes();
    expect(writtenInPlace).toEqual([]);
    expect(replaced).not.toEqual([]);
  });
});
