import { useEffect, useRef } from 'preact/hooks';
import { ADDRESS_PROBLEMS, useSettings } from './address';
import { useEngine } from './connection';
import { lazily } from './lazy';
import { useKeeping } from './own/keeping';
import { DrawPanel } from './panels/draw';
import { PANEL_TITLES, PANELS, type PanelName } from './panels/panel';
import { TrainPanel } from './panels/train';
import type { TrainSettings } from './protocol';
import { differences } from './run-settings';
import { SampleWord } from './sample/word';
import { Status } from './status';
import { defaultNetwork } from './store';
import { THEMES, useTheme } from './theme';
import { useHash } from './watched';

const VIEWS = {
  train: TrainPanel,
  fisher: lazily(() => import('./panels/fisher').then(({ FisherPanel }) => FisherPanel)),
  map: lazily(() => import('./panels/map').then(({ MapPanel }) => MapPanel)),
  fuse: lazily(() => import('./panels/fuse').then(({ FusePanel }) => FusePanel)),
  draw: DrawPanel,
  own: lazily(() => import('./own/panel').then(({ OwnPanel }) => OwnPanel)),
  profile: lazily(() => import('./panels/profile').then(({ ProfilePanel }) => ProfilePanel)),
};
const FIRST_RUN = { task: '3', lr: 0.001, batchSize: 64, seed: 1 };

/** The whole page. */
export function App() {
  const { theme, isDark, choose: chooseTheme } = useTheme();
  const { state, send, take, dismiss } = useEngine(ADDRESS_WORDS);
  useKeeping(state, send);
  const [panel, go] = usePanel();
  const [{ task, network, lr, batchSize, seed }, change] = useSettings();
  const base = state.settings ?? { ...FIRST_RUN, network: defaultNetwork(state) };
  const chosen: TrainSettings = {
    task: task ?? base.task,
    network: network ?? base.network,
    lr: lr ?? base.lr,
    batchSize: batchSize ?? base.batchSize,
    seed: seed ?? base.seed,
  };
  // A network out of a file is in no address.
  const choose = ({ network, ...others }: TrainSettings) =>
    change({ ...others, network: network === 'file' ? undefined : network });
  // A link to the page reproduces the run, wherever it was begun.
  useEffect(() => {
    if (state.settings && !state.isSample && differences(state.settings, chosen).length === 0)
      choose(state.settings);
  }, [state.settings]);
  const ready = state.images !== undefined && state.activity !== 'opening' && state.activity !== 'failed';
  const View = VIEWS[panel];
  return (
    <>
      <header>
        <div class="top">
          <h1>taskgrad</h1>
          <p class="lead">Networks trained, compared and searched on your own machine, in this page.</p>
          <ThemeButton theme={theme} choose={chooseTheme} />
        </div>
        <Status state={state} send={send} onDismiss={dismiss} />
        <Tabs panel={panel} go={go} />
      </header>
      <main>
        {state.isSample && <SampleWord />}
        <div id="panel" role="tabpanel" aria-labelledby={`tab-${panel}`}>
          <View
            state={state}
            send={send}
            take={take}
            isDark={isDark}
            ready={ready}
            settings={state.settings ?? chosen}
            chosen={chosen}
            choose={choose}
            go={go}
          />
        </div>
      </main>
    </>
  );
}

const panelNamed = () => PANELS.find((panel) => `#${panel}` === location.hash.split('&')[0]);

/** What in the address could not be read, in words. */
const ADDRESS_WORDS = [
  ...ADDRESS_PROBLEMS,
  ...(panelNamed() || location.hash.length < 2
    ? []
    : [
        `There is no panel ${location.hash.slice(0, 40)}; known are ${PANELS.map((name) => `#${name}`).join(', ')}.`,
      ]),
].join(' ');

/** The panel that the address names after #, so that a link or a reload leads back to it. A cell may follow after &. */
function usePanel(): [PanelName, (panel: PanelName) => void] {
  const panel = useHash(() => panelNamed() ?? PANELS[0]);
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
