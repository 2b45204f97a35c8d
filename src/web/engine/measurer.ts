import { distanceMatrix } from '../../fisher/matrix';
import type { Cell } from '../../fisher/measure';
import { planSeeds } from '../../fisher/sides';
import type { Module } from '../../nn/module';
import { mnistTasks } from '../../tasks/catalogue';
import { numClasses } from '../../tasks/task';
import type { FisherSettings, NetworkChoice, SeedCell } from '../protocol';
import { fisherPicture } from './fisher-picture';
import type { Job } from './job';
import { SEED, taskOf } from './lab';
import { checkCells } from './records';
import { Zoo } from './zoo';

/** Test images that distances are measured on. */
const IMAGES = 400;
const BATCH = 50;
/** Of different tasks, in both directions. */
const PAIRS = mnistTasks.length * (mnistTasks.length - 1);

/** Fisher pictures and distances between tasks. What was computed is kept outside the GPU, distances in the browser. */
export class Measurer {
  private zoo = new Zoo();
  private readonly cells = new Map<NetworkChoice, Map<string, Cell>>();

  /** Takes up the distances that the browser kept. */
  async restore({ tell, keeper }: Pick<Job, 'tell' | 'keeper'>): Promise<void> {
    const kept = (await keeper.read('matrix', checkCells)) ?? {};
    for (const [name, list] of Object.entries(kept)) {
      const network = name as NetworkChoice;
      this.cells.set(network, new Map(list.map((cell) => [cell.key, cell])));
      const cells = this.cellsOf(network);
      tell({ type: 'matrix', network, cells: cells.filter(isFirst) });
      const seeds = Math.max(SEED, ...cells.map(({ seed }) => seed));
      if (seeds > SEED) tell({ type: 'seeds', network, matrix: { seeds, cells } });
    }
  }

  forget(): void {
    this.zoo = new Zoo();
    this.cells.clear();
  }

  /** Draws the Fisher information of the source's network on the target's images. */
  async picture(job: Job, settings: FisherSettings): Promise<void> {
    const net = await this.zoo.network(job, settings.network, taskOf(settings.source));
    job.tell({ type: 'progress', text: 'Computing the Fisher information', done: 1, total: 1 });
    try {
      job.tell({ type: 'fisher', picture: await fisherPicture(job.lab, net, settings) });
    } finally {
      net.dispose();
    }
  }

  /** Fills the distance matrix, cell by cell. Cells known from before are not computed again. */
  async matrix(job: Job, kind: NetworkChoice): Promise<void> {
    await this.measure(job, kind, [SEED], () => {
      const cells = this.cellsOf(kind).filter(isFirst);
      job.tell({ type: 'matrix', network: kind, cells });
      return { done: cells.length, total: PAIRS };
    });
  }

  /** The same over several seeds, with the distances between networks of one task as well. */
  async overSeeds(job: Job, kind: NetworkChoice, count: number): Promise<void> {
    const seeds = Array.from({ length: count }, (_, i) => SEED + i);
    const nulls = planSeeds(seeds, false).nulls.length;
    await this.measure(job, kind, seeds, () => {
      const cells = this.cellsOf(kind);
      job.tell({ type: 'matrix', network: kind, cells: cells.filter(isFirst) });
      job.tell({ type: 'seeds', network: kind, matrix: { seeds: count, cells } });
      const asked = cells.filter(({ seed, otherSeed = seed }) => Math.max(seed, otherSeed) <= count);
      return { done: asked.length, total: count * PAIRS + nulls * mnistTasks.length };
    });
  }

  private async measure(
    job: Job,
    kind: NetworkChoice,
    seeds: readonly number[],
    show: () => { done: number; total: number },
  ): Promise<void> {
    const cells = this.cells.get(kind) ?? new Map<string, Cell>();
    this.cells.set(kind, cells);
    const tell = () => job.tell({ type: 'progress', text: 'Distances between tasks', ...show() });
    tell();
    const nets: Module[] = [];
    try {
      await distanceMatrix({
        tasks: mnistTasks,
        seeds,
        signal: job.signal,
        known: Object.fromEntries(cells),
        networkOf: async (task, seed) => {
          const net = await this.zoo.network(job, kind, task, seed);
          nets.push(net);
          return net;
        },
        dataOf: (task) => ({
          batches: () => job.lab.testBatches(job.lab.split(task, 'test', IMAGES), BATCH),
          classes: numClasses(task),
        }),
        onCell: (cell) => {
          cells.set(cell.key, cell);
          job.keeper.write(
            'matrix',
            Object.fromEntries([...this.cells].map(([name, known]) => [name, [...known.values()]])),
          );
          tell();
        },
      });
    } finally {
      for (const net of nets) net.dispose();
    }
  }

  private cellsOf(kind: NetworkChoice): SeedCell[] {
    return [...(this.cells.get(kind)?.values() ?? [])].map(({ source, target, logdet, frechet, seeds }) => {
      const [[seed], [other]] = [seeds.target, seeds.source];
      return { source, target, logdet, frechet, seed, ...(other !== seed && { otherSeed: other }) };
    });
  }
}

const isFirst = ({ seed, otherSeed }: SeedCell): boolean => seed === SEED && otherSeed === undefined;
