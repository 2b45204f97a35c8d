import type { Dictionary } from '../../nas/dictionary';
import { readDictionary } from '../../nas/dictionary.node';
import type { Session } from '../session';
import { newestWhole } from '../whole';

/**
 * What the dictionary knows. The run's own is put aside where it is damaged, and filled again; one that runs share is
 * left alone. @throws DataError on a damaged one that is shared, or one that is none
 */
export async function knownCells(session: Session): Promise<Dictionary> {
  const { dictionary: file } = session;
  if (file !== session.state('dictionary.json')) return readDictionary(file);
  return (await newestWhole(session, file, readDictionary)) ?? {};
}
