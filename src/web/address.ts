import { formatSettings, parseSettings, type Settings } from './settings';
import { useWatched } from './watched';

/**
 * The settings of the page live in its address, so that a link or a reload finds them. A change replaces the address
 * without a step in the browser's history; the panel, which has one, stands after #.
 */
const parsed = parseSettings(new URLSearchParams(location.search));
let current = parsed.settings;
const listeners = new Set<() => void>();

/** What in the address could not be read, in words. */
export const ADDRESS_PROBLEMS: readonly string[] = parsed.problems;

export const settingsNow = (): Settings => current;

/** Changes some settings; those that are undefined fall back to the page's defaults. */
export function changeSettings(change: Settings): void {
  current = { ...current, ...change };
  const { pathname, search, hash } = location;
  const address = formatSettings(current, new URLSearchParams(search))
    .toString()
    .replace(/=(?=&|$)/g, '');
  history.replaceState(history.state, '', `${pathname}${address && `?${address}`}${hash}`);
  for (const listen of listeners) listen();
}

export function useSettings(): [Settings, (change: Settings) => void] {
  const settings = useWatched(settingsNow, (changed) => {
    listeners.add(changed);
    return () => void listeners.delete(changed);
  });
  return [settings, changeSettings];
}

/** One setting. `initial` stands until it is chosen, and may change. */
export function useSetting<K extends keyof Settings>(
  key: K,
  initial: NonNullable<Settings[K]>,
): [NonNullable<Settings[K]>, (value: Settings[K]) => void] {
  const [settings, change] = useSettings();
  return [settings[key] ?? initial, (value) => change({ [key]: value })];
}
