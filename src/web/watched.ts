import { useLayoutEffect, useState } from 'preact/hooks';

/**
 * A value that changes outside of the page's components, as it is now and after each change. It is listened to before the page can
 * be touched: a choice between the first picture and that would be lost.
 * @param listen calls what it is given after each change, and returns what ends that
 */
export function useWatched<T>(read: () => T, listen: (changed: () => void) => () => void): T {
  const [value, set] = useState(read);
  useLayoutEffect(() => listen(() => set(() => read())), []);
  return value;
}

/** A part of the address after #. */
export const useHash = <T>(read: () => T): T =>
  useWatched(read, (changed) => {
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  });
