import { DataError } from '../../data/errors';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../data/safetensors';
import { underPrefix, withPrefix } from '../../nas/prefix';
import { type LoadedNetwork, networkIn, networkText } from '../../nas/saved-network';
import { mnistTasks } from '../../tasks/catalogue';
import type { Task } from '../../tasks/task';
import { aNumber, aText, aWholeNumber, checkAll, options } from '../../tensor/guard';
import type { TrainSettings } from '../protocol';
import { type Lab, taskOf } from './lab';
import { copyOut, type HostTensors } from './snapshot';
import type { TrainState } from './train-run';

/** What the page's own files say beside the network: how the run goes on. */
const PAGE = 'taskgrad.page';
const [NET, ADAM] = ['net', 'optimizer'];
const SIDE = 28;

const aPage = options({
  settings: options({
    task: aText,
    network: aText,
    lr: aNumber,
    batchSize: aWholeNumber,
    seed: aWholeNumber,
  }),
  step: aWholeNumber,
  adamSteps: aWholeNumber,
});
interface PageText {
  readonly settings: TrainSettings;
  readonly step: number;
  readonly adamSteps: number;
}

/** A run as one safetensors file: `models.load` reads its network, the page goes on with it. */
export function encodeRun({ settings, about, step, net, adam }: TrainState): Uint8Array<ArrayBuffer> {
  const stored = (prefix: string, tensors: HostTensors) =>
    [...withPrefix(prefix, tensors)].map(([name, { shape, data }]): [string, StoredTensor] => [
      name,
      { dtype: 'F32', shape, data },
    ]);
  const page: PageText = { settings, step, adamSteps: adam?.steps ?? 0 };
  const text = { ...networkText('save', about, NET), [PAGE]: JSON.stringify(page) };
  const tensors = new Map([...stored(NET, net), ...stored(ADAM, adam?.tensors ?? new Map())]);
  return Uint8Array.from(encodeSafetensors(tensors, text));
}

/**
 * A run out of a file: one that `encodeRun` made goes on where it was, with any other network that `models.load` reads one
 * begins.
 * @param settings for what the file does not say
 * @throws DataError if it is no such file, or its network sees other pictures or tells apart what no task does
 */
export async function decodeRun(lab: Lab, file: File, settings: TrainSettings): Promise<TrainState> {
  const { name } = file;
  const content = decodeSafetensors(new Uint8Array(await file.arrayBuffer()), name);
  const { net: made, about } = networkIn(lab.gpu, content, name);
  const net = await copyOut(made.stateDict());
  made.dispose();
  const [channels, ...size] = about.inputShape;
  if (![1, lab.cells.test.shape[0]].includes(channels) || size.some((side) => side !== SIDE))
    throw refused(
      name,
      `a network for pictures of ${SIDE} × ${SIDE}`,
      `one for [${about.inputShape.join(', ')}]`,
    );
  const page = pageText(name, content.metadata[PAGE]);
  const task = page ? taskOf(page.settings.task) : taskFor(name, about);
  if (page) {
    const adam = underPrefix(ADAM, content.tensors);
    const tensors: HostTensors = new Map(
      [...adam].map(([name, { shape, data }]) => [
        name,
        { shape, data: Float32Array.from(data as Float32Array) },
      ]),
    );
    const { step, adamSteps } = page;
    const isPages =
      page.settings.network !== 'file' && isSame(about, lab.aboutNetwork(page.settings.network, task));
    const network = isPages ? page.settings.network : 'file';
    return {
      settings: { ...page.settings, network },
      about,
      origin: name,
      step,
      net,
      adam: { steps: adamSteps, tensors },
    };
  }
  return { settings: { ...settings, task: task.id, network: 'file' }, about, origin: name, step: 0, net };
}

const isSame = (one: object, other: object) => JSON.stringify(one) === JSON.stringify(other);

/** The task whose classes a network tells apart. */
function taskFor(file: string, { classes }: LoadedNetwork['about']): Task {
  const found = mnistTasks.find((task) => isSame(task.classes, classes));
  if (found) return found;
  const known = mnistTasks.map(({ name }) => name).join('; ');
  throw refused(
    file,
    `a network for one of the tasks ${known}`,
    `one that tells apart ${classes.join(', ')}`,
  );
}

function pageText(file: string, text: string | undefined): PageText | undefined {
  if (text === undefined) return undefined;
  try {
    const page = JSON.parse(text);
    checkAll(file, { [PAGE]: [page, aPage] });
    return page;
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw refused(file, `JSON of a run in ${PAGE}`, found, cause);
  }
}

const refused = (file: string, expected: string, found: string, cause?: unknown) =>
  new DataError('DATA_FORMAT', { file, expected, found, advice: 'Choose another file.' }, { cause });
