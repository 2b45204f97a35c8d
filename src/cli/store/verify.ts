import { reporterFor } from '../progress';
import { sizeText } from './amounts';
import { bytesOf } from './garbage';
import { counted, isListed, type ListOptions, short } from './list';
import { storePlace } from './place';
import { storeOf } from './store-of';

/** `taskgrad store verify`: reads every byte of every artefact. Exit code 1 if one is damaged. */
export async function verifyStore({ json, ...choice }: ListOptions): Promise<void> {
  const { say } = reporterFor({ json });
  const store = storeOf(storePlace(choice));
  let [whole, damaged, bytes] = [0, 0, 0];
  for await (const entry of store.entries()) {
    const damage = isListed(entry) ? await store.check(entry.key) : entry.damage;
    if (damage === undefined) whole++;
    else {
      damaged++;
      say(`damaged: ${short(entry.key)}: ${damage}`, { event: 'damaged', key: entry.key, damage });
    }
    if (isListed(entry)) bytes += bytesOf(entry);
  }
  const event = { event: 'verified', store: store.name, whole, damaged, bytes };
  if (damaged === 0) {
    say(`${counted(whole)} in ${store.name}, ${sizeText(bytes)}: every byte is as it was written`, event);
    return;
  }
  process.exitCode = 1;
  say(`${counted(damaged)} of ${whole + damaged} damaged; runs that need one make it anew`, event);
}
