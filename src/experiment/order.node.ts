import { createHash } from 'node:crypto';
import { isArtefact } from './artefact.node';
import { canonical, type Json, plainData } from './canonical';
import { type DataSet, isDataSet } from './data-set';
import type { Kind } from './kind';

/** A job as it goes to whoever does it: plain data, from which all follows. */
export interface Order {
  /** SHA-256 of all below. */
  readonly key: string;
  /** The kind's name. */
  readonly kind: string;
  /** The kind's version. */
  readonly version: number;
  /** Kind of adapter, such as 'lavapipe': another one gives other last bits. */
  readonly adapter: string;
  /** `{ $artefact: key }` and `{ $data: sha256 }` stand for artefacts and data sets. */
  readonly inputs: Json;
  /** What a person calls the job; it is not in the key. */
  readonly label: string;
}

/** The order of a job, and the data sets among its inputs. @throws PlainDataError */
export function orderOf<In>(
  kind: Kind<In>,
  inputs: In,
  adapter: string,
  label: string = kind.name,
): { order: Order; data: DataSet[] } {
  const { name, version } = kind;
  const data: DataSet[] = [];
  const shorten = (value: object): Json | undefined => {
    if (isArtefact(value)) return { $artefact: value.key };
    if (!isDataSet(value)) return undefined;
    data.push(value);
    return { $data: value.sha256 };
  };
  const plain = plainData(`${name}: inputs`, inputs, shorten);
  const order = { kind: name, version, adapter, inputs: plain };
  const key = createHash('sha256').update(canonical(order)).digest('hex');
  return { order: { key, ...order, label }, data };
}
