import { z } from 'zod';
import { headTensors, type LearntHead } from '../../nas/learnt-head';
import { type SearchMethodName, searchMethod } from '../../nas/methods/table';
import { outcomeSchema } from '../../nas/schemas';
import type { SaveSearch } from '../../nas/search-state';
import { loadSearch, saveSearch } from '../../nas/search-state.node';
import type { SearchSpace } from '../../nas/space';
import type { Gpu } from '../../tensor/gpu';
import { loadTensors, saveTensors } from '../../training/checkpoint.node';
import { type Artefact, defineKind } from '../kind';
import type { TaskInputs } from '../scene/inputs';
import { openScene } from '../scene/scene';
import { type SearchBudgets, searchData, searchSettings } from '../scene/search-data';
import { AHEAD, stepsCost } from './cost';
import { curveSchema, openCurve } from './search-curve.node';
import { spentTimeSchema, timed } from './timed.node';
import { newestWhole } from './whole.node';

const STATE_FILE = 'search.safetensors';
/** What the winner's linear layer has learnt, where it is to keep that. */
const HEAD_FILE = 'head.safetensors';

/** A search: by a method of the table, for which task, in which space. All that is drawn in it follows from the seed. */
export interface SearchInputs {
  readonly of: TaskInputs;
  readonly method: string;
  readonly space: Pick<SearchSpace, 'name' | 'operations' | 'draws'>;
  readonly plan: SearchBudgets;
  readonly seed: number;
}

/** What a search found and cost. */
const foundSchema = outcomeSchema.extend({
  ...spentTimeSchema.shape,
  /** Whether the winner's linear layer keeps what it has learnt, which a file has then. */
  keepsHead: z.boolean(),
  /** Best validation error against what was spent; not in older artefacts. */
  curve: curveSchema.optional(),
});
export type Found = Readonly<z.infer<typeof foundSchema>>;

/** A cell searched for a task, by any record of the method table. */
export const searchKind = defineKind({
  name: 'search',
  version: 1,
  check: (value) => foundSchema.parse(value),
  cost: ({ plan }: SearchInputs) =>
    plan.rounds *
    plan.candidates *
    plan.stages *
    stepsCost({ images: plan.images, epochs: plan.weightEpochs, batchSize: plan.batchSize }),
  tail: () => AHEAD.search,
  run: async (work, { of, method, space, plan, seed }: SearchInputs) => {
    const { gpu, signal } = work;
    const scene = openScene(gpu, of);
    const file = work.file(STATE_FILE);
    const curve = await openCurve(work, plan.candidates);
    const { result, spent } = await timed(work, async (spentSoFar) => {
      const save: SaveSearch = async (state, tensors) => {
        await curve.keep(spentSoFar);
        await saveSearch(file, state, tensors, { keepPrevious: true });
        await work.saved();
      };
      return searchMethod(method as SearchMethodName).search(
        gpu,
        searchData(scene, plan, plan.images, seed),
        {
          ...searchSettings(of, plan, { ...space, reason: '' }, seed),
          signal,
          save,
          resume: await newestWhole(work, file, loadSearch),
          log: (event) => {
            curve.see(event);
            if (event.event === 'warning') work.say(`warning: ${event.warning}`, event);
            else work.log(event);
          },
          onProgress: ({ done, total, activity }) => work.progress(done, total, activity),
        },
      );
    });
    const { head, ...outcome } = result;
    const { gpuSeconds } = spent;
    const { spent: trained, validationAccuracy } = outcome;
    const value = {
      ...outcome,
      ...spent,
      keepsHead: head !== undefined,
      curve: curve.ended({
        gpuSeconds,
        networks: trained.networks,
        validationError: 1 - validationAccuracy,
      }),
    };
    if (!head) return { value };
    await saveHead(gpu, work.file(HEAD_FILE), head);
    return { value, files: [HEAD_FILE] };
  },
});

async function saveHead(gpu: Gpu, file: string, head: LearntHead): Promise<void> {
  const tensors = headTensors(gpu, head);
  await saveTensors(file, tensors).finally(() => {
    for (const tensor of tensors.values()) tensor.dispose();
  });
}

/** What the head of a search's winner has learnt. Only of a protocol whose winners keep it. */
export const learntHead = async (search: Artefact<Found>): Promise<LearntHead> =>
  (await loadTensors(search.file(HEAD_FILE), (meta) => meta)).tensors;
