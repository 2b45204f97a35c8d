import { join } from 'node:path';
import { writeFileAtomic } from '../../data/files.node';
import {
  agreementPlan,
  competitionOf,
  type OwnScores,
  type ScoredRound,
} from '../../experiment/plans/agreement.node';
import { CONTEST_BUDGET } from '../../experiment/settings/arena';
import type { RoundScores } from '../../nas/own-scores';
import { readTable } from '../../nas/table/file.node';
import type { Table } from '../../nas/table/table';
import { type OwnAgreement, ownAgreement, type Scored } from '../../report/own-agreement';
import { seedNoise } from '../../report/seed-noise';
import type { Interval } from '../../report/statistics/bootstrap';
import { columns, NOTHING, tableText } from '../../report/table';
import type { Measure } from '../../training/stats';
import type { CommonOptions } from '../common-options';
import { withExperiment } from '../experiment';
import { checkKnown, taskIds } from '../tasks';

export interface AgreementOptions extends CommonOptions {
  readonly task?: string;
  readonly rounds: number;
  readonly candidates: number;
  readonly epochs?: number;
  readonly alphaSteps?: number;
  readonly shared: boolean;
}

/** `taskgrad table agreement`: how well a search’s own scores order cells whose accuracy from scratch is in a table. */
export async function agreeWithTable(path: string, options: AgreementOptions): Promise<void> {
  const { task, rounds, candidates, epochs, alphaSteps, shared, ...common } = options;
  const table = await readTable(path);
  const column = task ?? table.data.columns[0].task;
  const { arena, target, epochs: usual } = competitionOf(table, column);
  const [id] = taskIds([target]);
  checkKnown([id], common.tasksFile);
  const budget = { ...CONTEST_BUDGET, epochs: epochs ?? usual, ...(alphaSteps && { alphaSteps }) };
  await withExperiment(
    common,
    {},
    async (experiment) => {
      const competition = { target: experiment.task(id), table, column, arena, budget };
      const scores = await agreementPlan(experiment, { ...competition, rounds, candidates, shared });
      const rows = agreementsOf(table, column, scores);
      const { say, out } = experiment;
      const noise = seedNoise(table, { task: column, split: 'test' });
      const means = {
        mixture: meanOwn(scores.rounds, ({ mixture }) => mixture),
        alone: meanOwn(scores.rounds, ({ alone }) => alone),
      };
      const facts = { table: table.data.name, task: column, arena, budget, noise, means, rows };
      say(
        `${rounds} rounds of ${candidates} cells of ${table.data.name}${sharedText(scores)}; test accuracy from scratch`,
        { event: 'agreement', ...facts },
      );
      if (!common.json) say(tableText(ownTable(rows)));
      if (noise?.tau) say(`τ between two seeds of the trainings from scratch: ${noise.tau.toFixed(2)}`);
      say(
        `a candidate by itself on validation images, in the mean: ${meanText(means.mixture)} where the weights learnt in the mixture, ${meanText(means.alone)} where they learnt alone`,
      );
      const file = join(out, 'agreement.json');
      await writeFileAtomic(file, JSON.stringify(facts, undefined, 1));
      say(`the figures are in ${file}`, { event: 'written', file });
    },
    { needed: () => [id] },
  );
}

const sharedText = ({ shared }: OwnScores): string =>
  shared ? `, and ${shared.size} cells with shared weights` : '';

/** Loss and accuracy of single candidates, the mean over all. */
function meanOwn(rounds: readonly ScoredRound[], of: (round: ScoredRound) => RoundScores) {
  const all = rounds.flatMap((round) => of(round).own);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { loss: mean(all.map(({ loss }) => loss)), accuracy: mean(all.map(({ accuracy }) => accuracy)) };
}

const meanText = ({ loss, accuracy }: ReturnType<typeof meanOwn>): string =>
  `loss ${loss.toFixed(3)}, ${(100 * accuracy).toFixed(1)} % right`;

/** Of each score that a search has of a cell, how well it orders them. */
function agreementsOf(table: Table, task: string, { rounds, shared }: OwnScores): OwnAgreement[] {
  const [truths, validation] = (['test', 'validation'] as const).map((split) =>
    table.accuracies({ task, split }),
  );
  const { parameters } = table.data;
  type Score = (round: ScoredRound, k: number) => number;
  const inRounds = (score: Score): Scored[][] =>
    rounds.map((round) => round.places.map((place, k): Scored => [score(round, k), truths[place]]));
  const alpha = inRounds(({ mixture }, k) => mixture.alpha[k]);
  const row = (title: string, score: Score) => ownAgreement(title, inRounds(score), undefined, alpha);
  /** Scores of different rounds are on scales of their own. */
  const inRound = (title: string, score: Score) => ownAgreement(title, inRounds(score), [], alpha);
  const scored = shared ? [...shared.keys()] : rounds.flatMap(({ places }) => places);
  const ofPlace = (title: string, score: (place: number) => number) =>
    ownAgreement(
      title,
      inRounds(({ places }, k) => score(places[k])),
      scored.map((place): Scored => [score(place), truths[place]]),
      alpha,
    );
  const ofShared = (by: ReadonlyMap<number, Measure>) => [
    ofPlace('loss, shared weights', (place) => -(by.get(place)?.loss ?? Number.POSITIVE_INFINITY)),
    ofPlace('accuracy, shared weights', (place) => by.get(place)?.accuracy ?? 0),
  ];
  return [
    ownAgreement('α', alpha, []),
    inRound('α, logits in one size', ({ mixture }, k) => mixture.levelAlpha[k]),
    row('own loss, trained in the mixture', ({ mixture }, k) => -mixture.own[k].loss),
    row('own accuracy, trained in the mixture', ({ mixture }, k) => mixture.own[k].accuracy),
    inRound('α, trained alone', ({ alone }, k) => alone.alpha[k]),
    inRound('α, trained alone, logits in one size', ({ alone }, k) => alone.levelAlpha[k]),
    row('loss, trained alone', ({ alone }, k) => -alone.own[k].loss),
    row('accuracy, trained alone', ({ alone }, k) => alone.own[k].accuracy),
    ...(shared ? ofShared(shared) : []),
    ...(parameters ? [ofPlace('parameters', (place) => parameters[place])] : []),
    ofPlace('validation accuracy from scratch', (place) => validation[place]),
  ];
}

function ownTable(rows: readonly OwnAgreement[]) {
  const figure = (value: number | null) => (value === null ? NOTHING : value.toFixed(2));
  const range = (value: number | null, interval: Interval | null) =>
    interval ? `${figure(value)} [${figure(interval.low)}, ${figure(interval.high)}]` : figure(value);
  return {
    columns: columns(
      'Score',
      '#τ within rounds',
      '#Above α, 95 %',
      '#Hits',
      '#τ over all',
      '#Top 10',
      '#Cells',
    ),
    rows: rows.map(
      ({ score, within, withinInterval, gain, hits, rounds, overall, overallInterval, top10, cells }) => [
        score,
        range(within, withinInterval),
        gain ? `${figure(gain.low)} to ${figure(gain.high)}` : NOTHING,
        `${hits} of ${rounds}`,
        range(overall, overallInterval),
        figure(top10),
        String(cells),
      ],
    ),
  };
}
