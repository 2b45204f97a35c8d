import { useEffect, useRef, useState } from 'preact/hooks';
import { useEngine } from './connection';
import { useDownload } from './file';
import { lazily } from './lazy';
import { DrawPanel } from './panels/draw';
import { PANEL_TITLES, PANELS, type PanelName } from './panels/panel';
import { TrainPanel } from './panels/train';
import type { TrainSettings } from './protocol';
import { Status } from './status';
import { defaultNetwork } from './store';
import { THEMES, useTheme } from './theme';

const VIEWS = {
  train: TrainPanel,
  fisher: lazily(() => import('./panels/fisher').then(({ FisherPanel }) => FisherPanel)),
  map: lazily(() => import('./panels/map').then(({ MapPanel }) => MapPanel)),
  fuse: lazily(() => import('./panels/fuse').then(({ FusePanel }) => FusePanel)),
  draw: DrawPanel,
  own: lazily(() => import('./own/panel').then(({ OwnPanel }) => OwnPanel)),
  profile: lazily(() => import('./panels/profile').then(({ ProfilePanel }) => ProfilePanel)),
};
const FIRST_RUN = { task: '3', lr: 0.001, batchSize: 64 };

/** The whole page. */
export function App() {
  const { theme, isDark, choose: chooseTheme } = useTheme();
  const { state, send, dismiss } = useEngine();
  const [panel, go] = usePanel();
  useDownload(state.file);
  const [chosen, choose] = useState<TrainSettings | undefined>(undefined);
  const settings = chosen ?? { ...FIRST_RUN, network: defaultNetwork(state) };
  const ready = state.images !== undefined && state.activity !== 'opening' && state.activity !== 'failed';
  const View = VIEWS[panel];
  return (
    <>
      <header>
        <div class="top">
          <h1>taskgrad</h1>
          <p class="lead">Networks trained, compared and searched on your own graphics card, in this page.</p>
          <ThemeButton theme={theme} choose={chooseTheme} />
        </div>
        <Status state={state} onDismiss={dismiss} />
        <Tabs panel={panel} go={go} />
      </header>
      <main>
        <div id="panel" role="tabpanel" aria-labelledby={`tab-${panel}`}>
          <View
            state={state}
            send={send}
            isDark={isDark}
            ready={ready}
            settings={settings}
            choose={choose}
            go={go}
          />
        </div>
      </main>
    </>
  );
}

/** The panel that the address names after #, so that a link or a reload leads back to it. A cell may follow after &. */
function usePanel(): [PanelName, (panel: PanelName) => void] {
  const named = () => PANELS.find((panel) => `#${panel}` === location.hash.split('&')[0]) ?? PANELS[0];
  const [panel, setPanel] = useState(named);
  useEffect(() => {
    const listen = () => setPanel(named());
    addEventListener('hashchange', listen);
    return () => removeEventListener('hashchange', listen);
  }, []);
  return [
    panel,
    (next) => {
      location.hash = next;
    },
  ];
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };

function Tabs({ panel, go }: { panel: PanelName; go: (panel: PanelName) => void }) {
  const list = useRef<HTMLDivElement>(null);
  const key = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (!step) return;
    const next = PANELS[(PANELS.indexOf(panel) + step + PANELS.length) % PANELS.length];
    go(next);
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Panels" ref={list} onKeyDown={key}>
      {PANELS.map((name) => (
        <button
          key={name}
          id={`tab-${name}`}
          type="button"
          role="tab"
          aria-selected={name === panel}
          aria-controls="panel"
          tabIndex={name === panel ? 0 : -1}
          onClick={() => go(name)}
        >
          {PANEL_TITLES[name]}
        </button>
      ))}
    </div>
  );
}

function ThemeButton({
  theme,
  choose,
}: {
  theme: (typeof THEMES)[number];
  choose: (theme: (typeof THEMES)[number]) => void;
}) {
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  return (
    <button type="button" class="button theme" onClick={() => choose(next)}>
      Theme: {theme}
    </button>
  );
}
