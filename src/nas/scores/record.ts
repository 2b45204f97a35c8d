import { checkArgument, kind } from '../../tensor/guard';
import { Probe } from './probe';

/** A number that tells something of an untrained network: the higher, the better the network is hoped to become. */
export interface Score<Name extends string = string> {
  /** What `nas.score`, options and tables call it. */
  readonly name: Name;
  /** What it is, in a few words. */
  readonly title: string;
  /** Where it is from. */
  readonly source: string;
  /** What it costs, in training steps on the batch. */
  readonly steps: number;
  /** @internal */
  readonly of: (probe: Probe) => number | Promise<number>;
}

const aProbe = kind('a probe, as nas.score makes', (value) => value instanceof Probe);

/** Makes the record of a score: one file beside this one, and one row in table.ts. */
export const defineScore = <const Name extends string>({ of, ...record }: Score<Name>): Score<Name> => ({
  ...record,
  of: (probe) => {
    checkArgument(`score ${record.name}`, 'probe', probe, aProbe);
    return of(probe);
  },
});

/** Where most are compared, and whose definitions are followed. */
export const ABDELFATTAH = 'Abdelfattah et al. 2021, "Zero-cost proxies for lightweight NAS"';
