import type { SearchSpace } from '../../nas/space';
import type { Distance, Search, Training, Unsearched } from '../../report/results';
import type { StudyRun } from '../../report/study/run';
import type { Task } from '../../tasks/task';
import type { Closeness } from './closeness';

/** What a plan has found out. */
export type News =
  | { readonly kind: 'trained'; readonly name: string; readonly training: Training }
  | { readonly kind: 'distance'; readonly distance: Distance; readonly isOther: boolean }
  | { readonly kind: 'space'; readonly closest: Task; readonly space: SearchSpace }
  | { readonly kind: 'searched'; readonly seed: number; readonly search: Search }
  | { readonly kind: 'studied'; readonly run: StudyRun }
  | { readonly kind: 'unsearched'; readonly label: string; readonly unsearched: Unsearched }
  | {
      readonly kind: 'lent';
      readonly seed: number;
      readonly closeness: Closeness;
      /** Id of the task that lends the space its operations. */
      readonly lender: string;
      readonly space: SearchSpace;
    }
  | { readonly kind: 'claimed'; readonly rounds: number; readonly run: StudyRun }
  | {
      readonly kind: 'fine-tuned';
      readonly seed: number;
      readonly source: string | null;
      readonly target: string;
      readonly samples: number;
      readonly epochs: number;
      readonly testAccuracy: number;
    };
