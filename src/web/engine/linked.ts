import { TaskgradError } from '../../../runtime/errors';
import { cellEdges, type Nodes } from '../../nas/edges';
import { type Genotype, makeGenotype } from '../../nas/genotype';
import type { LinkedCell } from '../protocol';
import { trainCell } from './cell-training';
import type { Job } from './job';
import { CELL_CHANNELS, taskOf } from './lab';
import { checkLinked, type LinkedRecord } from './records';
import { EFFECTS } from './search-budget';
import type { Tell } from './tell';

/** A cell that came with a link, and its network once it is trained. */
export class Linked {
  private known: LinkedRecord = { task: '', code: '' };

  /** Takes up what the browser kept; the page shows it when it is opened by the same link. */
  async restore({ keeper }: Pick<Job, 'keeper'>): Promise<void> {
    this.known = (await keeper.read('linked', checkLinked)) ?? this.known;
  }

  /** Reads the cell, and tells what it is or why it is none. */
  show(tell: Tell, task: string, code: string): void {
    if (task !== this.known.task || code !== this.known.code) this.known = { task, code };
    tell({ type: 'linked', linked: this.read(task, code) });
  }

  /** Trains its network from scratch. @throws TaskgradError if it is no cell */
  async train(job: Job, task: string, code: string): Promise<void> {
    this.show(job.tell, task, code);
    if (this.known.winner) return;
    const winner = await trainCell(job, {
      task: taskOf(task).id,
      genotype: genotypeOf(code),
      text: 'The cell of the link, trained from scratch',
      resume: this.known.training,
      save: (training) => this.keep(job, { task, code, training }),
    });
    this.keep(job, { task, code, winner });
    this.show(job.tell, task, code);
  }

  forget(): void {
    this.known = { task: '', code: '' };
  }

  private keep({ keeper }: Job, record: LinkedRecord): void {
    this.known = record;
    keeper.write('linked', record);
  }

  private read(task: string, code: string): LinkedCell {
    const { winner } = this.known;
    try {
      return { task: taskOf(task).id, code, genotype: genotypeOf(code), effects: EFFECTS, winner };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { task, code, problem: `${problem}. Ask whoever made the link for a whole one.` };
    }
  }
}

/**
 * The cell of a link: nodes, channels, and the operation of each edge in order, with dots between them.
 * @throws TaskgradError, GenotypeError
 */
export function genotypeOf(code: string): Genotype {
  const [nodes, channels, ...operations] = code.split('.');
  if (nodes !== '3' && nodes !== '4') throw wrong(`begins with '${nodes.slice(0, 20)}'`, '3 or 4 nodes');
  if (channels !== String(CELL_CHANNELS))
    throw wrong(`has '${channels?.slice(0, 20)}' channels`, `${CELL_CHANNELS}, as all cells of this page`);
  const edges = cellEdges(Number(nodes) as Nodes);
  if (operations.length !== edges.length)
    throw wrong(`has ${operations.length} operations`, `one for each of ${edges.length} edges`);
  const named = Object.fromEntries(edges.map((edge, i) => [edge, operations[i].slice(0, 40)]));
  return makeGenotype(Number(nodes) as Nodes, CELL_CHANNELS, named);
}

const wrong = (found: string, expected: string) =>
  new TaskgradError('CELL_LINK', `the cell of the link ${found}, expected ${expected}`);
