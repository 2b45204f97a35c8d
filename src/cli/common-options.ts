import type { AdapterChoice } from '../../runtime/host';
import type { DataFolders } from '../experiment/scene/sets.node';
import type { PresetName } from '../experiment/settings/presets';
import type { ProtocolName } from '../report/protocol';

/** Options that every command of an experiment shares. */
export interface CommonOptions {
  readonly preset: PresetName;
  readonly protocol: ProtocolName;
  readonly data?: DataFolders;
  /** Path of a file of own tasks. */
  readonly tasksFile?: string;
  /** Path of a dictionary of architectures that runs share. */
  readonly dictionary?: string;
  readonly out: string;
  /** Where artefacts are kept; default: the folder `store` in `out`. */
  readonly store?: string;
  /** So many processes of this machine do the jobs. */
  readonly workers?: number;
  /** URL of a queue whose workers do them. */
  readonly queue?: string;
  /** Where figures for Prometheus are served. */
  readonly metrics?: string;
  readonly seed: number;
  readonly adapter: AdapterChoice;
  readonly json: boolean;
  readonly profile: boolean;
  /** Whether work that does not fit into the GPU's memory goes on with smaller parts of a batch; default false. */
  readonly autoBatch?: boolean;
}
