import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Command } from 'commander';
import sharp from 'sharp';
import { scan } from '../../../runtime/wgsl/scan';
import { readJobs } from '../../../src/cli/jobs-file';
import { benchOptions } from '../../../src/cli/kernel/bench-options';
import { withFileOptions, withKernelOptions } from '../../../src/cli/kernel/options';
import { loadImageFolders } from '../../../src/data/folders.node';
import { parseIdx } from '../../../src/data/idx';
import { loadAny, loadDataset } from '../../../src/data/load.node';
import { parseNpyHeader } from '../../../src/data/npy';
import { decodeSafetensors, encodeSafetensors } from '../../../src/data/safetensors';
import { readUnzipped } from '../../../src/data/unzip.node';
import { settingsOf } from '../../../src/experiment/settings/presets';
import { readNpy } from '../../../src/kernel-bench/load.node';
import { readShader } from '../../../src/kernel-bench/source.node';
import { readDictionary } from '../../../src/nas/dictionary.node';
import { parseGenotype } from '../../../src/nas/genotype';
import { readProfile } from '../../../src/report/profile-file.node';
import { readTransfer } from '../../../src/report/transfer-file.node';
import { readResults, writeReport } from '../../../src/report/write.node';
import { readTasksFile } from '../../../src/tasks/tasks-file.node';
import { loadTensors } from '../../../src/training/checkpoint.node';
import { cifar10Bytes, tarGz } from '../../data/cifar-bytes';
import { idxBytes } from '../../data/idx-bytes';
import { npyBytes } from '../../data/npy-bytes';
import { type Files, idxFiles, SMALL_FILES } from '../../data/small-files';
import { fourNodes, results } from '../../report/fixture';
import { TRANSFER } from '../../report/transfer-fixture';
import { PROFILE, TASKS } from './json';
import { type Form, idx, npyHeader, safetensors } from './made';

/** Something of ours that reads files. */
export interface Reader {
  readonly name: string;
  /** Whole files by their paths in a folder: one at a time is damaged. */
  readonly files: () => Files | Promise<Files>;
  /** Files of its format that are not damaged ones but made up, from the first byte on. */
  readonly made?: Form;
  /** Reads all there is in the folder. It may throw a TaskgradError and nothing else. */
  readonly read: (folder: string) => Promise<unknown>;
}

const json = (name: string, value: unknown, read: (path: string) => Promise<unknown>): Reader => ({
  name,
  files: () => ({ [name]: Buffer.from(JSON.stringify(value)) }),
  read: (folder) => read(join(folder, name)),
});

const set = (name: 'mnist' | 'fashion' | 'cifar10' | 'cifar100' | 'quickdraw', made?: Form): Reader => ({
  name: `data set ${name}`,
  files: () => SMALL_FILES[name],
  made,
  read: (folder) => loadDataset(name, folder),
});

const bytesOf = (folder: string) => readFile(join(folder, 'bytes'));
const bytes = (name: string, file: Buffer, read: (bytes: Uint8Array) => unknown, made?: Form): Reader => ({
  name,
  files: () => ({ bytes: file }),
  made,
  read: async (folder) => read(await bytesOf(folder)),
});

const TENSORS = Buffer.from(
  encodeSafetensors(
    new Map([
      ['a.weight', { dtype: 'F32', shape: [2, 3], data: new Float32Array(6) }],
      ['b', { dtype: 'U8', shape: [5], data: new Uint8Array(5) }],
    ]),
    { taskgrad: '{"step":3}' },
  ),
);
const readTensors = (tensors: ReturnType<typeof decodeSafetensors>['tensors']) =>
  [...tensors.values()].map(({ data }) => data.length);

const SHADER = `//#bench --bind x=f32[64]:randn --bind y=file:y.npy --uniform params=64,2 --threads 64 --save y=out.npy
//#import extra
struct Params { count: u32, scale: vec3<f32> }
override SIZE: u32 = 64;
const HALF = SIZE / 2u;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>, 16>;
@compute @workgroup_size(SIZE) fn main(@builtin(global_invocation_id) id: vec3<u32>) { y[id.x] = vec4(x[id.x]); }
`;

async function shader(folder: string): Promise<void> {
  const command = withKernelOptions(new Command('kernel').argument('<file>'));
  const source = await readShader(join(folder, 'k.wgsl'));
  scan(source.code);
  await benchOptions(withFileOptions(command, source));
}

const square = (format: 'png' | 'jpeg', background: string) =>
  sharp({ create: { width: 9, height: 7, channels: 3, background } })
    .toFormat(format)
    .toBuffer();
const pictures = (format: 'png' | 'jpeg'): Reader => ({
  name: `pictures, ${format}`,
  files: async () => ({
    [`a/1.${format}`]: await square(format, 'red'),
    [`a/2.${format}`]: await square(format, 'blue'),
  }),
  read: (folder) => loadImageFolders(folder, { size: 8, channels: 1 }),
});

const ARCHIVE = 'cifar-10-binary.tar.gz';
const archive = () =>
  tarGz({
    'x/data_batch_1.bin': cifar10Bytes([1]),
    'x/test_batch.bin': cifar10Bytes([3]),
    'x/batches.meta.txt': Buffer.from('a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n'),
  });
const y = () => npyBytes([4], new Uint8Array(16), { dtype: "'<f4'" });

/** What JSON says, or the text where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** All that reads files which may come from elsewhere. */
export const READERS: readonly Reader[] = [
  set('mnist'),
  set('fashion'),
  set('cifar10'),
  set('cifar100'),
  set('quickdraw'),
  {
    name: 'an archive',
    files: async () => ({ [ARCHIVE]: await archive() }),
    read: (folder) => loadDataset('cifar10', join(folder, ARCHIVE)),
  },
  { name: 'any data', files: () => ({ ...idxFiles([9, 0, 0, 3], '.gz') }), read: loadAny },
  pictures('png'),
  pictures('jpeg'),
  bytes('IDX', idxBytes([2, 3], [1, 2, 3, 4, 5, 6]), (file) => parseIdx(file, 'bytes'), idx),
  {
    name: 'packed bytes',
    files: () => ({ 'bytes.gz': gzipSync(new Uint8Array(1000)) }),
    read: (folder) => readUnzipped(join(folder, 'bytes.gz'), 1000),
  },
  bytes('npy header', y(), (file) => parseNpyHeader(file, 'bytes'), npyHeader),
  {
    name: 'npy',
    files: () => ({ 'y.npy': y() }),
    made: npyHeader,
    read: (folder) => readNpy(join(folder, 'y.npy')),
  },
  bytes('safetensors', TENSORS, (file) => readTensors(decodeSafetensors(file, 'bytes').tensors), safetensors),
  {
    name: 'a checkpoint',
    files: () => ({ 'a.safetensors': TENSORS }),
    made: safetensors,
    read: async (folder) =>
      readTensors((await loadTensors(join(folder, 'a.safetensors'), (meta) => meta)).tensors),
  },
  {
    name: 'a shader',
    files: () => ({ 'k.wgsl': Buffer.from(SHADER), 'extra.wgsl': Buffer.from('fn f() {}\n'), 'y.npy': y() }),
    read: shader,
  },
  json('results.json', results, readResults),
  {
    ...json('a report', results, readResults),
    read: async (folder) => writeReport(join(folder, 'out'), await readResults(join(folder, 'a report'))),
  },
  { ...json('transfer.json', TRANSFER, readProfile), read: readTransfer },
  json('profile.json', PROFILE, readProfile),
  json('tasks.json', TASKS, readTasksFile),
  json(
    'dictionary.json',
    { 3: [{ genotype: fourNodes, validationAccuracy: 0.5, validationLoss: 1 }] },
    readDictionary,
  ),
  json('genotype.json', fourNodes, async (path) => {
    const text = await readFile(path, 'utf8');
    return parseGenotype(parsed(text));
  }),
  {
    name: 'jobs of a run',
    files: () => ({
      'jobs.json': Buffer.from(
        JSON.stringify({
          store: 'store',
          settings: settingsOf('quick', 0, 'corrected'),
          data: { MNIST: 'ab' },
          jobs: [{ key: 'ab', kind: 'network', label: 'NN2-task3-seed0', seconds: 2.5 }],
        }),
      ),
    }),
    read: readJobs,
  },
];
