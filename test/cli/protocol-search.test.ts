import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withExperiment } from '../../src/cli/experiment';
import { finalTraining, searchAndTrain } from '../../src/experiment/plans/searches.node';
import { wholeSpace } from '../../src/experiment/scene/search-data';
import type { Settings } from '../../src/experiment/settings/presets';
import { readDictionary } from '../../src/nas/dictionary.node';
import { searchLabelled } from '../../src/nas/methods/labels';
import { useFolder } from '../data/folder';
import { writeDigits } from './digits';
import { optionsFor, TINY, useSilence } from './experiment';

const folder = useFolder();
useSilence();

it('a search by the protocol original hands its winner’s head to the last training, from a file, too', async () => {
  const data = join(folder.path, 'data');
  await writeDigits(data, 120, 60);
  const out = join(folder.path, 'out');
  const { search, final, fisher: _, ...tiny } = TINY;
  const override = {
    ...tiny,
    ...(search && { search: { ...search, rounds: 1 } }),
    ...(final && { final }),
  };
  const dictionary = join(folder.path, 'known.json');
  const options = optionsFor(data, out, { protocol: 'original', dictionary });
  await withExperiment(options, override satisfies Partial<Settings>, async (experiment) => {
    const wanted = searchLabelled('FUSE standard');
    const { settings, task } = experiment;
    const first = await searchAndTrain(experiment, wanted, task('3'), wholeSpace(settings.protocol));
    const search = experiment.ledger.entries.find(({ kind }) => kind === 'search');
    const folder = join(out, 'store', 'artefacts', `${search?.key}`.slice(0, 2), `${search?.key}`);
    expect(await readdir(folder)).toContain('head.safetensors');
    // Without the head, its linear layer begins anew, and the cell comes to another error.
    const given = { label: 'fresh', target: task('3'), genotype: first.winner, seed: 0 };
    const fresh = await finalTraining(experiment, given);
    const winners = experiment.ledger.entries.filter(({ kind }) => kind === 'winner');
    expect(new Set(winners.map(({ key }) => key)).size).toBe(2);
    expect(fresh.parameters).toBe(first.parameters);
    expect(Object.keys(await readDictionary(dictionary))).toEqual(['original/mnist/3']);
  });
});
