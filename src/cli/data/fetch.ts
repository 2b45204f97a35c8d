import { join } from 'node:path';
import { TaskgradError } from '../../../runtime/errors';
import type { RemoteFile } from '../../data/define';
import { type Downloaded, download } from '../../data/download.node';
import { defaultFolder } from '../../data/load.node';
import { placeAt } from '../../data/place.node';
import { DATASETS, type DatasetName, datasetNamed } from '../../data/table';
import { catchInterrupts, INTERRUPTED } from '../interrupt';
import { complain } from '../print';
import { type Reporter, reporterFor } from '../progress';

export interface FetchOptions {
  readonly out?: string;
  /** Address to get the files from in the place of the official one. */
  readonly from?: string;
  /** Of a data set that comes class by class; default: those of the published tables. */
  readonly classes?: readonly string[];
  readonly retries: number;
  readonly json: boolean;
}

/**
 * `taskgrad data fetch`: the files of a data set, one after the other.
 * @throws TaskgradError `OPTION_UNUSED` on classes of a data set that comes with all of them; DownloadError; OutputError
 */
export async function fetchDataset(name: DatasetName, options: FetchOptions): Promise<void> {
  const files = filesOf(name, options.classes);
  const out = options.out ?? defaultFolder(name);
  const from = options.from?.replace(/\/*$/, '/') ?? datasetNamed(name).source.base;
  const reporter = reporterFor(options);
  const interrupt = catchInterrupts();
  try {
    for (const file of files) {
      await fetchFile(`${from}${file.remote}`, join(out, file.local), file, {
        reporter,
        retries: options.retries,
        signal: interrupt.signal,
      });
    }
    reporter.say(`${name} is in ${out}; taskgrad data check ${out} shows it`, {
      event: 'fetched',
      name,
      out,
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.exitCode = INTERRUPTED;
    complain('interrupted; what has arrived is kept, the same command goes on from there');
  } finally {
    interrupt.release();
  }
}

function filesOf(name: DatasetName, classes: readonly string[] | undefined): readonly RemoteFile[] {
  const { source } = datasetNamed(name);
  if (!classes) return source.files;
  const { perClass } = source;
  if (perClass) return classes.map((one) => perClass.file(one));
  const others = DATASETS.filter((one) => one.source.perClass).map((one) => one.name);
  throw new TaskgradError(
    'OPTION_UNUSED',
    `--classes is for ${others.join(', ')}; ${name} comes with all its classes`,
  );
}

interface Context {
  readonly reporter: Reporter;
  readonly retries: number;
  readonly signal: AbortSignal;
}

async function fetchFile(
  url: string,
  path: string,
  { local, md5, check }: RemoteFile,
  { reporter, retries, signal }: Context,
): Promise<void> {
  const bar = reporter.progress(local, 1, 'MB');
  let arrived = 0;
  try {
    const outcome = await download(url, path, {
      md5,
      check: check && ((path) => check(placeAt(path))),
      retries,
      signal,
      onProgress: (done, total) => {
        arrived = megabytes(done);
        bar.update(arrived, '', total && megabytes(total));
      },
      onRetry: (reason, pauseMs) => {
        bar.update(arrived, `${reason}, trying again`);
        reporter.log({ event: 'retry', file: local, reason, pauseMs });
      },
    });
    bar.stop();
    reporter.say(sentence(local, outcome), { event: 'file', file: path, url, ...outcome });
  } finally {
    bar.stop();
  }
}

function sentence(file: string, { bytes, kept }: Downloaded): string {
  if (kept === bytes) return `${file}: there already`;
  const resumed = kept > 0 ? `, ${megabytes(kept)} MB of them from an earlier attempt` : '';
  return `${file}: ${megabytes(bytes)} MB${resumed}`;
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e4) / 100;
