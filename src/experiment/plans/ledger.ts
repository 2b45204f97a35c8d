import type { Artefact } from '../kind';
import type { Job } from '../run.node';

/** A job that is done, as an experiment's list of keys has it. */
export interface LedgerEntry extends Pick<Artefact, 'key' | 'kind' | 'seconds'> {
  /** What a person calls it. */
  readonly label: string;
}

/** The artefacts that a plan has come to. */
export class Ledger {
  readonly #entries = new Map<string, LedgerEntry>();

  get entries(): readonly LedgerEntry[] {
    return [...this.#entries.values()];
  }

  /** How long their jobs took, whoever did them and when. */
  get seconds(): number {
    return this.entries.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** The same job asked for through the ledger. */
  keeping(job: Job): Job {
    return async (kind, inputs, label = kind.name) => {
      const artefact = await job(kind, inputs, label);
      const { key, seconds } = artefact;
      if (!this.#entries.has(key)) this.#entries.set(key, { key, kind: artefact.kind, seconds, label });
      return artefact;
    };
  }
}
