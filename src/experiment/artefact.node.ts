import { join } from 'node:path';
import type { Artefact } from './kind';
import type { Stored } from './store';

const artefacts = new WeakSet<object>();

/** What programs see of a stored artefact. @param check of its kind, see `KindDefinition.check` */
export function artefactOf<Value>(
  { key, kind, value, files, folder }: Stored,
  check: (value: unknown) => Value,
): Artefact<Value> {
  const artefact: Artefact<Value> = {
    key,
    kind,
    value: check(value),
    file: (name) => {
      if (files.some((file) => file.name === name)) return join(folder, name);
      const names = files.map((file) => file.name).join(', ') || 'none';
      throw new RangeError(`the artefact of ${kind} has no file '${name}'; its files are ${names}`);
    },
  };
  artefacts.add(artefact);
  return artefact;
}

export const isArtefact = (value: object): value is Artefact => artefacts.has(value);
