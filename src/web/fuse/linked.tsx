import { useEffect } from 'preact/hooks';
import type { Send } from '../connection';
import { Button, Card } from '../parts';
import type { LinkedCell } from '../protocol';
import { useHash } from '../watched';
import { taskName } from '../words';
import { Cell } from './cell';
import { linkedCell } from './link';
import { trainedOn, WinnerView } from './winner';

/** The cell of the link that the page was opened by, to be trained here. */
export function Linked({
  linked,
  ready,
  isBusy,
  send,
}: {
  linked: LinkedCell | undefined;
  ready: boolean;
  isBusy: boolean;
  send: Send;
}) {
  const hash = useHash(() => location.hash);
  const { task, code } = linkedCell(hash) ?? {};
  useEffect(() => {
    if (ready && task !== undefined && code !== undefined) send({ type: 'linked', task, code });
  }, [ready, task, code]);
  if (!linked) return null;
  if (!linked.genotype || !linked.effects)
    return (
      <Card title="Cell of the link">
        <p role="alert">{linked.problem}</p>
      </Card>
    );
  const { genotype, effects, winner } = linked;
  return (
    <Card
      title="Cell of the link"
      note={
        winner
          ? trainedOn(winner)
          : `Found for “${taskName(linked.task)}”. It can be trained here, from scratch.`
      }
    >
      {winner ? (
        <WinnerView
          winner={winner}
          effects={effects}
          task={linked.task}
          title="Cell of the link"
          send={send}
        />
      ) : (
        <>
          <div class="buttons">
            <Button
              primary
              disabled={!ready || isBusy}
              onClick={() => send({ type: 'trainLinked', task: linked.task, code: linked.code })}
            >
              Train it from scratch
            </Button>
          </div>
          <Cell genotype={genotype} effects={effects} title="Cell of the link" />
        </>
      )}
    </Card>
  );
}
