import { distanceMatrix } from '../../fisher/matrix';
import type { Cell } from '../../fisher/measure';
import type { Module } from '../../nn/module';
import { mnistTasks } from '../../tasks/catalogue';
import { numClasses } from '../../tasks/task';
import type { FisherSettings, NetworkChoice } from '../protocol';
import { fisherPicture } from './fisher-picture';
import type { Job } from './job';
import { SEED, taskOf } from './lab';
import { checkCells } from './records';
import { Zoo } from './zoo';

/** Test images that distances are measured on. */
const IMAGES = 400;
const BATCH = 50;

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
      tell({ type: 'matrix', network, cells: list });
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
    const cells = this.cells.get(kind) ?? new Map<string, Cell>();
    this.cells.set(kind, cells);
    const total = mnistTasks.length * (mnistTasks.length - 1);
    const tell = () => {
      job.tell({ type: 'matrix', network: kind, cells: [...cells.values()] });
      job.tell({ type: 'progress', text: 'Measuring distances', done: cells.size, total });
    };
    tell();
    const nets: Module[] = [];
    try {
      await distanceMatrix({
        tasks: mnistTasks,
        seeds: [SEED],
        signal: job.signal,
        known: Object.fromEntries(cells),
        networkOf: async (task) => {
          const net = await this.zoo.network(job, kind, task);
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
}
