import type { Artefact } from '../kind';
import type { Job } from '../run.node';

/** A job that is done, as an experiment's list of keys has it. */
export interface LedgerEntry extends Pick<Artefact, 'key' | 'kind' | 'seconds'> {
  /** What a person calls it. */
  readonly label: string;
}

/** The artefacts that a plan has come to. */
export class Ledger {
  readonly #entries = new Map<string, LedgerEntry & { readonly asked: number }>();
  #asked = 0;

  /** In the order in which they were asked for first. */
  get entries(): readonly LedgerEntry[] {
    const sorted = [...this.#entries.values()].sort((a, b) => a.asked - b.asked);
    return sorted.map(({ asked: _, ...entry }) => entry);
  }

  /** How long their jobs took, whoever did them and when. */
  get seconds(): number {
    return this.entries.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** The same job asked for through the ledger. */
  keeping(job: Job): Job {
    return async (kind, inputs, label = kind.name) => {
      const asked = this.#asked++;
      const artefact = await job(kind, inputs, label);
      const { key, seconds } = artefact;
      const known = this.#entries.get(key);
      if (!known || known.asked > asked) {
        this.#entries.set(key, { key, kind: artefact.kind, seconds, label, asked });
      }
      return artefact;
    };
  }
}
