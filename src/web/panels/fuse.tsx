import { useMemo } from 'preact/hooks';
import type { Genotype } from '../../nas/genotype';
import { cellSvg } from '../../report/cell';
import { useSetting } from '../address';
import { AskButton } from '../ask';
import { axis, Chart, type Colours } from '../chart';
import { download } from '../download';
import { Button, Card, Choice, Empty, Facts } from '../parts';
import type { SearchRound, SearchState, Winner } from '../protocol';
import { count, percent, TASK_OPTIONS, taskName } from '../words';
import type { PanelProps } from './panel';

const CHART_HEIGHT = 280;
const CELL_HEIGHT = 340;

type Effects = SearchState['effects'];

export function FusePanel({ state, send, ready }: PanelProps) {
  const [task, setTask] = useSetting('searched', state.search?.task ?? '3');
  const isBusy = state.activity === 'searching';
  // While one runs, it is shown, whatever was chosen before.
  const search = isBusy ? state.search : (state.searches[task] ?? null);
  const round = search?.rounds.at(-1);
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
        <Chart
          height={CHART_HEIGHT}
          label={spokenShares(search)}
          option={(colours) => shareChart(search, colours)}
        />
      </Card>
      {slots.map((genotype, i) => (
        <Card key={genotype?.hash ?? i} title={`Candidate ${i + 1}`} note={round && standing(round, i)}>
          {search && genotype ? (
            <Cell genotype={genotype} effects={search.effects} title={`Cell ${i + 1}`} />
          ) : (
            <Empty height={CELL_HEIGHT}>Drawn when a search begins.</Empty>
          )}
        </Card>
      ))}
      <Card title="Winner" note={trainedOn(search?.winner)}>
        {search?.winner ? (
          <WinnerView winner={search.winner} effects={search.effects} task={search.task} />
        ) : (
          <Empty height={CELL_HEIGHT}>Known when the last round is over and its winner is trained.</Empty>
        )}
      </Card>
    </div>
  );
}

function trainedOn(winner: Winner | undefined): string {
  if (!winner) return 'Trained from scratch on a part of the training images, then tested once.';
  const { used, all } = winner.trainImages;
  const which = used < all ? `${count(used)} of the task’s ${count(all)}` : `all ${count(all)}`;
  return `Trained from scratch on ${which} training images, then tested once.`;
}

/** How a candidate of the round fares. */
function standing({ shares, winner }: SearchRound, i: number): string {
  const share = shares.at(-1)?.[i];
  if (share === undefined) return 'Weight 33.3 %, as all at the beginning';
  return `Weight ${percent(share)} %${winner === i ? ', wins the round' : ''}`;
}

function Cell({ genotype, effects, title }: { genotype: Genotype; effects: Effects; title: string }) {
  const svg = useMemo(
    () => cellSvg(genotype, (operation) => effects[operation], title),
    [genotype, effects, title],
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a picture that scrolls sideways must be reached by keyboard
    <section class="scroll cell" aria-label={title} tabIndex={0}>
      <div dangerouslySetInnerHTML={{ __html: svg }} />
    </section>
  );
}

function WinnerView({ winner, effects, task }: { winner: Winner; effects: Effects; task: string }) {
  const { genotype, testError, testImages, parameters, safetensors } = winner;
  const name = `fuse-task${task}-${genotype.hash}`;
  return (
    <>
      <Facts
        facts={[
          { name: 'Test error', value: percent(testError, 2), unit: '%' },
          { name: 'Test images', value: count(testImages) },
          { name: 'Parameters', value: count(parameters) },
        ]}
      />
      <Cell genotype={genotype} effects={effects} title="The winning cell" />
      <div class="buttons">
        <Button
          onClick={() => download(`${name}.json`, 'application/json', JSON.stringify(genotype, null, 2))}
        >
          Genotype (JSON)
        </Button>
        <Button
          disabled={safetensors.length === 0} // as in the sample
          onClick={() => download(`${name}.safetensors`, 'application/octet-stream', safetensors)}
        >
          Weights (safetensors)
        </Button>
      </div>
    </>
  );
}

function spokenShares(search: SearchState | null): string {
  const round = search?.rounds.at(-1);
  const shares = round?.shares.at(-1);
  if (!search || !shares) return 'Mixture weights of the candidates, no stage yet';
  const list = shares.map((share, i) => `candidate ${i + 1} ${percent(share)} %`).join(', ');
  return `Mixture weights over the stages of all rounds; in round ${search.rounds.length}: ${list}`;
}

/** One line a candidate and round, every round beginning at equal weights. */
function shareChart(search: SearchState | null, colours: Colours) {
  const stages = search?.totalStages ?? 3;
  const rounds = search?.totalRounds ?? 3;
  const list = search?.rounds ?? [];
  const series = list.flatMap(({ candidates, shares, winner }, round) =>
    candidates.map((_, i) => ({
      type: 'line' as const,
      name: `cell ${i + 1}`,
      color: colours.series[i % colours.series.length],
      data: [1 / candidates.length, ...shares.map((row) => row[i])].map((share, stage) => [
        round * stages + stage,
        Number((100 * share).toPrecision(4)),
      ]),
      symbolSize: winner === i ? 9 : 5,
      lineStyle: { width: winner === i ? 3.5 : 1.5 },
    })),
  );
  const horizontal = axis('stage, all rounds', 28, colours);
  return {
    grid: { left: 60, right: 20, top: 34, bottom: 48 },
    legend: { top: 0, left: 56, itemWidth: 18, textStyle: { color: colours.muted }, selectedMode: false },
    xAxis: { ...horizontal, min: 0, max: stages * rounds, minInterval: 1 },
    yAxis: { ...axis('softmax(α) (%)', 42, colours), scale: true },
    series,
  };
}
