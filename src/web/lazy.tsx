import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** When the page has come to rest, what was left for later is fetched, so that nobody waits for it. */
const LATER_MS = 4000;

/** A part of the page whose program is fetched when it is first shown, or soon after the page has loaded. */
export function lazily<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  let loading: Promise<void> | undefined;
  const fetchIt = () => {
    loading ??= load().then(
      (component) => {
        loaded = component;
      },
      () => {
        loading = undefined; // asked for again when it is shown again
      },
    );
    return loading;
  };
  addEventListener('load', () => setTimeout(fetchIt, LATER_MS));
  return function Lazy(props: Props) {
    const [, setCount] = useState(0);
    useEffect(() => {
      if (!loaded) void fetchIt().then(() => setCount((count) => count + 1));
    }, []);
    const View = loaded;
    return View ? <View {...props} /> : <p class="panel" aria-busy="true" />;
  };
}
