import type { Genotype } from '../../nas/genotype';
import { useSetting } from '../address';
import { AskButton } from '../ask';
import { Cell, Spot } from '../fuse/cell';
import { Linked } from '../fuse/linked';
import { cellNames } from '../fuse/names';
import { Rivals } from '../fuse/rivals';
import { Rounds } from '../fuse/rounds';
import { trainedOn, WinnerView } from '../fuse/winner';
import { Button, Card, Choice, Empty, Facts } from '../parts';
import type { SearchRound } from '../protocol';
import { StudyButton } from '../study-button';
import { percent, TASK_OPTIONS, taskName } from '../words';
import type { PanelProps } from './panel';

const CELL_HEIGHT = 340;

export function FusePanel({ state, send, ready }: PanelProps) {
  const [task, setTask] = useSetting('searched', state.search?.task ?? '3');
  const isBusy = state.activity === 'searching';
  // While one runs, it is shown, whatever was chosen before.
  const search = isBusy ? state.search : (state.searches[task] ?? null);
  const round = search?.rounds.at(-1);
  const names = cellNames(search?.rounds ?? []);
  const winner = search?.winner && names.get(search.winner.genotype.hash);
  const slots: readonly (Genotype | undefined)[] = round?.candidates ?? [undefined, undefined, undefined];
  return (
    <div class="panel">
      <Card
        title="Search"
        note="FUSE mixes candidate cells with weights softmax(α). Weights learn on one part of the images, α on another; the cell with the largest α stays and meets new ones."
      >
        <div class="fields">
          <Choice label="Task" value={task} options={TASK_OPTIONS} onChange={setTask} disabled={isBusy} />
        </div>
        <div class="buttons">
          {isBusy ? (
            <Button primary onClick={() => send({ type: 'pause' })}>
              Stop
            </Button>
          ) : (
            <Button
              primary
              disabled={!ready || search?.winner !== undefined}
              onClick={() => send({ type: 'search', task, anew: false })}
            >
              {search && !search.winner ? 'Go on' : 'Search'}
            </Button>
          )}
          <AskButton
            disabled={!ready || isBusy || !search}
            question={`What was searched for “${taskName(task)}” is thrown away${search?.winner ? ', its winner and the winner’s weights too' : ''}.`}
            yes="Begin anew"
            onYes={() => send({ type: 'search', task, anew: true })}
          >
            Search anew
          </AskButton>
          <StudyButton state={state} />
        </div>
        <Facts
          facts={[
            { name: 'Task', value: search ? taskName(search.task) : '–' },
            { name: 'Round', value: search ? `${search.rounds.length} of ${search.totalRounds}` : '–' },
            { name: 'Stage', value: round ? `${round.shares.length} of ${search?.totalStages}` : '–' },
          ]}
        />
      </Card>
      <Card title="Mixture weights">
        <Rounds search={search} />
      </Card>
      {slots.map((genotype, i) => {
        const named = genotype && names.get(genotype.hash);
        const title = named?.name ?? `Candidate ${i + 1}`;
        return (
          <Card
            key={genotype?.hash ?? i}
            title={title}
            note={
              round && (
                <>
                  <Spot of={named} />
                  {standing(round, i)}
                </>
              )
            }
          >
            {search && genotype ? (
              <Cell genotype={genotype} effects={search.effects} title={title} />
            ) : (
              <Empty height={CELL_HEIGHT}>Drawn when a search begins.</Empty>
            )}
          </Card>
        );
      })}
      <Card
        title={winner ? `Winner: ${winner.name}` : 'Winner'}
        note={
          <>
            <Spot of={winner} />
            {trainedOn(search?.winner)}
          </>
        }
      >
        {search?.winner ? (
          <WinnerView
            winner={search.winner}
            effects={search.effects}
            task={search.task}
            title={`The winning cell, ${winner?.name}`}
            send={send}
          />
        ) : (
          <Empty height={CELL_HEIGHT}>Known when the last round is over and its winner is trained.</Empty>
        )}
      </Card>
      <Rivals
        search={search}
        comparison={search ? state.comparisons[search.task] : undefined}
        isBusy={isBusy}
        ready={ready}
        send={send}
      />
      <Linked linked={state.linked} ready={ready} isBusy={isBusy} send={send} />
    </div>
  );
}

/** How a candidate of the round fares. */
function standing({ shares, winner }: SearchRound, i: number): string {
  const share = shares.at(-1)?.[i];
  if (share === undefined) return 'Weight 33.3 %, as all at the beginning';
  return `Weight ${percent(share)} %${winner === i ? ', wins the round' : ''}`;
}
