import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withExperiment } from '../../src/cli/experiment';
import { makeProgram } from '../../src/cli/program';
import { trained as trainedOn } from '../../src/experiment/plans/networks.node';
import { finalTraining } from '../../src/experiment/plans/searches.node';
import { splitsOf } from '../../src/experiment/scene/splits';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';
import { cellOf } from '../nas/toy';
import { lengthsOf, readModel } from '../onnx/proto';
import { runPixels } from '../onnx/session';
import { writeDigits } from './digits';
import { optionsFor, TINY, useSilence } from './experiment';

const folder = useFolder();
const silence = useSilence();
const PLANE = 28 * 28;
const here = (...args: string[]) => makeProgram().parseAsync(['export', ...args], { from: 'user' });

/** What a run trained: accuracies on test pictures, and those pictures. */
interface Trained {
  readonly hash: string;
  readonly accuracies: { readonly network: number; readonly cell: number };
  readonly pixels: Uint8Array;
  readonly labels: Int32Array;
}

async function train(data: string, out: string): Promise<Trained> {
  await writeDigits(data, 120, 50);
  const genotype = cellOf('dil_conv_3x3', 3);
  let trained: Trained | undefined;
  const settings = { ...TINY, search: { ...TINY.search, head: 'mean' } } as const;
  await withExperiment(optionsFor(data, out), settings, async (experiment) => {
    const task = experiment.task('3');
    const of = experiment.inputs(task);
    const { value } = await trainedOn(experiment, task, 0);
    const job = { label: `cell ${genotype.hash}`, target: task, genotype, seed: 0 };
    const { testError } = await finalTraining(experiment, job);
    const { indices, labels } = splitsOf(of, experiment.settings.seed, 60).test;
    const { images } = of.set.content.test;
    const pictures = Array.from(indices, (index) => [...images.subarray(index * PLANE, (index + 1) * PLANE)]);
    trained = {
      hash: genotype.hash,
      accuracies: { network: value.testAccuracy, cell: 1 - testError },
      pixels: Uint8Array.from(pictures.flat()),
      labels,
    };
  });
  if (!trained) throw new Error('the session did nothing');
  return trained;
}

/** Share of pictures that a file gets right. */
async function accuracyOf(file: string, { pixels, labels }: Trained): Promise<number> {
  const logits = await runPixels(await readFile(file), pixels, [labels.length, 1, 28, 28]);
  const [, classes] = logits.shape;
  const right = [...labels].filter((label, i) => {
    const row = logits.data.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row)) === label;
  });
  return right.length / labels.length;
}

it('taskgrad export writes what a run trained: with its accuracy on raw pictures, in onnxruntime', async () => {
  const [run, file] = [join(folder.path, 'out'), join(folder.path, 'onnx', 'net.onnx')];
  const trained = await train(join(folder.path, 'data'), run);
  const common = ['--run', run, '--out', file];

  await here(...common, '--network', 'smallCifarNet-task3-seed0', '--pixels');
  expect(await accuracyOf(file, trained)).toBeCloseTo(trained.accuracies.network, 6);
  expect(silence.stdout()).toContain(
    `${file}: smallCifarNet-task3-seed0, 27706 parameters; from pixels [N, 1, 28, 28] to logits of 0, 1, 2,`,
  );

  await here(...common, '--network', trained.hash.slice(0, 6), '--pixels');
  expect(await accuracyOf(file, trained)).toBeCloseTo(trained.accuracies.cell, 6);

  await here(...common, '--network', trained.hash, '--json');
  const { graph, metadataProps } = readModel(await readFile(file));
  expect(lengthsOf(graph.input[0])).toEqual(['N', 1, 28, 28]);
  expect(metadataProps.map(({ key }) => key)).toEqual(['classes', 'mean', 'std']);

  expect(await failure(() => here(...common, '--network', 'NN9'))).toMatchObject({
    message: `${run}: there is no network 'NN9'; known are 'cell ${trained.hash}', 'smallCifarNet-task3-seed0'`,
  });
  expect(await failure(() => here('--run', folder.path, '--network', 'NN2'))).toMatchObject({
    message: expect.stringContaining(`${folder.path} holds no run; name a folder that was the --out of`),
  });
});
