import { join } from 'node:path';
import { TaskgradError } from '../../runtime/errors';
import type { Artefact } from './kind';
import type { Stored } from './store';

const artefacts = new WeakSet<object>();

/** What programs see of a stored artefact. @param check of its kind, see `KindDefinition.check` */
export function artefactOf<Value>(
  { key, kind, value, files, folder, seconds }: Stored,
  check: (value: unknown) => Value,
): Artefact<Value> {
  const artefact: Artefact<Value> = {
    key,
    kind,
    value: checked(key, kind, value, check),
    seconds,
    file: (name) => {
      if (files.some((file) => file.name === name)) return join(folder, name);
      const names = files.map((file) => file.name).join(', ') || 'none';
      throw new RangeError(`the artefact of ${kind} has no file '${name}'; its files are ${names}`);
    },
  };
  artefacts.add(artefact);
  return artefact;
}

function checked<Value>(key: string, kind: string, value: unknown, check: (value: unknown) => Value): Value {
  try {
    return check(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const advice =
      'raise the version of a kind whose values have come to look otherwise, or remove the artefact from the store';
    throw new TaskgradError(
      'ARTEFACT',
      `artefact ${key}: its value is none of the kind '${kind}' (${reason}); ${advice}`,
      { cause },
    );
  }
}

export const isArtefact = (value: object): value is Artefact => artefacts.has(value);
