import { download } from './download';
import { Button } from './parts';
import type { PageState } from './store';
import { studyOf } from './study';

/** Hands out all that was measured in the page. */
export function StudyButton({ state }: { state: PageState }) {
  const isEmpty =
    !state.search && !state.settings && Object.values(state.matrix).every((cells) => cells.length === 0);
  const save = () =>
    download('taskgrad-study.json', 'application/json', JSON.stringify(studyOf(state, new Date()), null, 1));
  return (
    <Button disabled={isEmpty} onClick={save}>
      Study (JSON)
    </Button>
  );
}
