import type { Send, Take } from '../connection';
import type { TrainSettings } from '../protocol';
import type { PageState } from '../store';

/** What every panel is given. */
export interface PanelProps {
  readonly state: PageState;
  readonly send: Send;
  readonly take: Take;
  readonly isDark: boolean;
  /** Whether the engine is open: before, and where there is no WebGPU, nothing can be asked of it. */
  readonly ready: boolean;
  /** Of the run there is, or else of the next one. */
  readonly settings: TrainSettings;
  /** Of the next run. */
  readonly chosen: TrainSettings;
  readonly choose: (settings: TrainSettings) => void;
  readonly go: (panel: PanelName) => void;
}

export const PANELS = ['train', 'fisher', 'map', 'fuse', 'draw', 'own', 'profile'] as const;
export type PanelName = (typeof PANELS)[number];

export const PANEL_TITLES: Record<PanelName, string> = {
  train: 'Train',
  fisher: 'Fisher',
  map: 'Task map',
  fuse: 'FUSE',
  draw: 'Draw',
  own: 'Own data',
  profile: 'Profile',
};
