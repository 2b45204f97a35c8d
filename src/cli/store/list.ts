import type { Json } from '../../experiment/canonical';
import type { Entry, Listed } from '../../experiment/store';
import { reporterFor } from '../progress';
import { sizeText, spanText } from './amounts';
import { bytesOf } from './garbage';
import { type StoreChoice, storePlace } from './place';
import { storeOf } from './store-of';

export interface ListOptions extends StoreChoice {
  readonly json: boolean;
}

const LONGEST_INPUTS = 100;
/** So much of a key tells it from others. */
const SHORT = 12;

export const short = (key: string): string => key.slice(0, SHORT);

/** `taskgrad store ls`: a line for each artefact, the newest last. */
export async function listStore({ json, ...choice }: ListOptions): Promise<void> {
  const { say } = reporterFor({ json });
  const store = storeOf(storePlace(choice));
  const entries: Entry[] = [];
  for await (const entry of store.entries()) entries.push(entry);
  const listed = entries.filter(isListed).sort((a, b) => (a.at < b.at ? -1 : 1));
  const rows = listed.map((entry) => [
    entry.kind,
    short(entry.key),
    spanText(Date.now() - Date.parse(entry.at)),
    `${entry.seconds.toFixed(1)} s`,
    sizeText(bytesOf(entry)),
    inShort(entry.inputs),
  ]);
  const heads = ['kind', 'key', 'age', 'took', 'size', 'inputs'];
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i].length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => text.padEnd(widths[i]))
      .join('  ')
      .trimEnd();
  if (!json && rows.length > 0) say(line(heads));
  for (const [i, entry] of listed.entries()) {
    const { key, kind, version, adapter, inputs, files, at, seconds } = entry;
    const bytes = bytesOf(entry);
    const event = { event: 'artefact', key, kind, version, adapter, inputs, files, at, seconds, bytes };
    say(line(rows[i]), event);
  }
  for (const entry of entries) {
    if (isListed(entry)) continue;
    say(`damaged: ${entry.damage}`, { event: 'damaged', ...entry });
  }
  const bytes = listed.reduce((sum, entry) => sum + bytesOf(entry), 0);
  say(`${counted(listed.length)} in ${store.name}, ${sizeText(bytes)}`, {
    event: 'store',
    store: store.name,
    artefacts: listed.length,
    bytes,
  });
}

export const isListed = (entry: Entry): entry is Listed => !('damage' in entry);

export const counted = (artefacts: number): string =>
  `${artefacts.toLocaleString('en')} ${artefacts === 1 ? 'artefact' : 'artefacts'}`;

/** Inputs in one line, with short keys. */
function inShort(inputs: Json): string {
  const text = JSON.stringify(inputs)
    .replaceAll(/\{"\$(?:artefact|data)":"([0-9a-f]+)"\}/g, (_, key: string) => short(key))
    .replaceAll('"', '');
  return text.length > LONGEST_INPUTS ? `${text.slice(0, LONGEST_INPUTS)}…` : text;
}
