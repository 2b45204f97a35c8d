import { fuseBudget } from '../../nas/budget';
import { entriesOf, withEntry } from '../../nas/dictionary';
import { readDictionary, writeDictionary } from '../../nas/dictionary.node';
import { evaluateGenotype } from '../../nas/evaluate-genotype';
import { randomFor } from '../../nas/seeds';
import { completeSettings } from '../../nas/settings';
import { drawDistinct, type SearchSpace, standardSpace, taskAwareSpace } from '../../nas/space';
import type { Task } from '../../tasks/task';
import type { Session } from '../session';
import { keyOf, searchData, searchSettings } from './search-setup';

/**
 * The space of the operations that the closest task's best known cells use. Of cells that were drawn for a task and are
 * not in the dictionary yet, a few are tried first.
 */
export async function taskAware(session: Session, closest: Task): Promise<SearchSpace> {
  const { gpu, settings, signal, dictionary: file } = session;
  const key = keyOf(closest);
  let dictionary = await readDictionary(file);
  const data = searchData(session, closest, settings.search.images, settings.seed);
  const search = searchSettings(session, standardSpace, settings.seed);
  const { genotypes, steps } = fuseBudget(completeSettings(search, data), data);
  const draws = drawDistinct(
    standardSpace,
    search,
    settings.search.dictionaryDraws,
    randomFor(settings.seed, 'genotypes', 0xffff),
  );
  const known = new Set(entriesOf(dictionary, key).map(({ genotype }) => genotype.hash));
  const each = Math.max(1, Math.floor(steps / genotypes));
  const progress = session.progress(`cells for task ${closest.id}`, draws.length * each, 'steps');
  try {
    // Weights follow from the number, which must not depend on how many were tried before an interruption.
    for (const [number, genotype] of draws.entries()) {
      if (known.has(genotype.hash)) continue;
      const { batchSize, seed, backbone, head } = search;
      const { accuracy } = await evaluateGenotype(gpu, data, genotype, {
        steps: each,
        batchSize,
        seed,
        number,
        backbone,
        head,
        signal,
        onStep: (done) => progress.update(number * each + done),
      });
      dictionary = withEntry(dictionary, key, genotype, accuracy);
      await writeDictionary(file, dictionary);
    }
  } finally {
    progress.stop();
  }
  const space = taskAwareSpace(key, dictionary);
  session.say(`task-aware space: ${space.operations.join(', ')}\n  (${space.reason})`, {
    event: 'space',
    ...space,
  });
  return space;
}
