import { searchBudget } from '../../src/nas/budget';
import { search as searchBy } from '../../src/nas/search';
import { completeSettings } from '../../src/nas/settings';
import { type SearchSpace, standardSpace } from '../../src/nas/space';
import { formatSpread, spreadOf } from '../../src/report/statistics/spread';
import type { Gpu } from '../../src/tensor/gpu';
import { type Study, search } from '../scoring/study';

const SEEDS = [0, 1, 2];
const RUNS = 4;
const narrow: SearchSpace = {
  ...standardSpace,
  name: 'narrow',
  operations: ['skip_connect', 'max_pool_3x3', 'dil_conv_3x3', 'dil_conv_5x5', 'sep_conv_3x3'],
};
const RIVALS = [
  { name: 'FUSE, standard space', method: 'fuse', space: standardSpace },
  { name: 'FUSE, five operations', method: 'fuse', space: narrow },
  { name: 'random search', method: 'random', space: standardSpace },
  { name: 'DARTS', method: 'darts', space: standardSpace },
] as const;

/** Runs all searches on the budget of preset `quick`, in turns over seeds, and says what each costs beside the first. */
export async function saySearches(study: Study, say: (text: string) => void): Promise<void> {
  const { gpu } = study;
  const ratios = RIVALS.map(() => ({ gpu: [] as number[], processor: [] as number[] }));
  for (const seed of SEEDS) {
    const data = study.data(seed, search.images);
    const cost: Cost[] = [];
    for (const { method, space } of RIVALS) {
      const run = () => searchBy(gpu, method, data, { ...search, backbone: undefined, space, seed });
      // The first time compiles what the others run.
      if (seed === SEEDS[0]) await run();
      cost.push(await bestCost(gpu, run));
    }
    for (const [i, one] of cost.entries()) {
      ratios[i].gpu.push(one.gpu / cost[0].gpu);
      ratios[i].processor.push(one.processor / cost[0].processor);
    }
    process.stderr.write(`seed ${seed}: ${cost.map((one) => one.gpu.toFixed(1)).join(' ')} s\n`);
  }
  const { work, networks } = searchBudget(
    completeSettings(
      { ...search, backbone: undefined, space: standardSpace, seed: 0 },
      study.data(0, search.images),
    ),
    study.data(0, search.images),
  );
  say(`a search of preset quick: ${networks} networks, ${Math.round(work)} units of work`);
  say(
    `beside the first, mean ± sd over ${SEEDS.length} seeds: GPU seconds (on a software adapter other programs disturb them), processor seconds`,
  );
  const text = (values: readonly number[]) => formatSpread(spreadOf(values), (ratio) => ratio.toFixed(3));
  for (const [i, { name }] of RIVALS.entries())
    say(`${name.padEnd(24)} ${text(ratios[i].gpu)}   ${text(ratios[i].processor)}`);
}

interface Cost {
  /** Seconds of the GPU, and of this process on the processor, drivers of software adapters included. */
  readonly gpu: number;
  readonly processor: number;
}

/** Of several runs, since whatever disturbs one only makes it dearer. */
async function bestCost(gpu: Gpu, work: () => Promise<unknown>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let run = 0; run < RUNS; run++) costs.push(await costOf(gpu, work));
  return {
    gpu: Math.min(...costs.map((cost) => cost.gpu)),
    processor: Math.min(...costs.map((cost) => cost.processor)),
  };
}

async function costOf(gpu: Gpu, work: () => Promise<unknown>): Promise<Cost> {
  const before = process.cpuUsage();
  const { seconds } = await gpu.time(work);
  const { user, system } = process.cpuUsage(before);
  return { gpu: seconds, processor: (user + system) / 1e6 };
}
