import { useState } from 'preact/hooks';
import { useWatched } from './watched';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'taskgrad.theme';
const DARK = '(prefers-color-scheme: dark)';

/** The theme chosen, kept for the next visit, and whether it comes out dark. */
export function useTheme(): { theme: Theme; isDark: boolean; choose: (theme: Theme) => void } {
  const [theme, setTheme] = useState<Theme>(stored);
  const systemDark = useWatched(
    () => matchMedia(DARK).matches,
    (changed) => {
      const query = matchMedia(DARK);
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
  );
  const isDark = theme === 'dark' || (theme === 'auto' && systemDark);
  // At once and not in an effect: charts read the colours while they render.
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  const choose = (next: Theme) => {
    try {
      localStorage.setItem(KEY, next);
    } catch {} // where a browser keeps nothing, the choice stands until the page is loaded again
    setTheme(next);
  };
  return { theme, isDark, choose };
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === value) ?? 'auto';
  } catch {
    return 'auto';
  }
}

/** A colour of the style sheet, as in '--ink'. */
export const token = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Red, green and blue, 0 to 255, of a colour that the style sheet writes as #rrggbb. */
export function tokenRgb(name: string): [red: number, green: number, blue: number] {
  const hex = token(name);
  const channel = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return [channel(1), channel(3), channel(5)];
}
