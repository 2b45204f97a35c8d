import { join } from 'node:path';
import { writeFileAtomic } from '../../data/files.node';
import { agreementPlan, type OwnScores } from '../../experiment/plans/agreement.node';
import { CONTEST_BUDGET } from '../../experiment/settings/table-budget';
import { readTable } from '../../nas/table/file.node';
import type { Table } from '../../nas/table/table';
import { type OwnAgreement, ownAgreement, type Scored } from '../../report/own-agreement';
import { seedNoise } from '../../report/seed-noise';
import type { Interval } from '../../report/statistics/bootstrap';
import { columns, NOTHING, tableText } from '../../report/table';
import type { CommonOptions } from '../common-options';
import { withExperiment } from '../experiment';
import { checkKnown, taskIds } from '../tasks';

export interface AgreementOptions extends CommonOptions {
  readonly task?: string;
  readonly rounds: number;
  readonly candidates: number;
  readonly epochs?: number;
  readonly alphaSteps?: number;
}

/** `taskgrad table agreement`: how well a search's own scores order cells whose accuracy from scratch is in a table. */
export async function agreeWithTable(path: string, options: AgreementOptions): Promise<void> {
  const { task, rounds, candidates, epochs, alphaSteps, ...common } = options;
  const table = await readTable(path);
  const [id] = taskIds([task ?? table.data.columns[0].task]);
  checkKnown([id], common.tasksFile);
  const budget = {
    ...CONTEST_BUDGET,
    ...(epochs && { epochs }),
    ...(alphaSteps && { alphaSteps }),
  };
  await withExperiment(
    common,
    {},
    async (experiment) => {
      const order = { target: experiment.task(id), table, budget, rounds, candidates };
      const scores = await agreementPlan(experiment, order);
      const rows = agreementsOf(table, id, scores);
      const { say, out } = experiment;
      const noise = seedNoise(table, { task: id, split: 'test' });
      say(
        `${rounds} rounds of ${candidates} cells of ${table.data.name}, and ${scores.shared.size} cells with shared weights; test accuracy from scratch`,
        { event: 'agreement', task: id, table: table.data.name, budget, rows, noise },
      );
      if (!common.json) say(tableText(ownTable(rows)));
      if (noise?.tau) say(`τ between two seeds of the trainings from scratch: ${noise.tau.toFixed(2)}`);
      const facts = { table: table.data.name, task: id, budget, noise, rows };
      const file = join(out, 'agreement.json');
      await writeFileAtomic(file, JSON.stringify(facts, undefined, 1));
      say(`the figures are in ${file}`, { event: 'written', file });
    },
    { needed: () => [id] },
  );
}

/** Of each score that a search has of a cell, how well it orders them. */
function agreementsOf(table: Table, task: string, { rounds, alone, shared }: OwnScores): OwnAgreement[] {
  const [truths, validation] = (['test', 'validation'] as const).map((split) =>
    table.accuracies({ task, split }),
  );
  const { parameters } = table.data;
  type Score = (place: number, round: OwnScores['rounds'][number], k: number) => number | undefined;
  const inRounds = (score: Score): Scored[][] =>
    rounds.map((round) =>
      round.places.flatMap((place, k): Scored[] => {
        const value = score(place, round, k);
        return value === undefined ? [] : [[value, truths[place]]];
      }),
    );
  const ofAll = (score: (place: number) => number): Scored[] =>
    [...shared.keys()].map((place) => [score(place), truths[place]]);
  const lossOf = (loss: number | undefined) => (loss === undefined ? undefined : -loss);
  const ofShared = (place: number) => shared.get(place);
  return [
    ownAgreement(
      'α',
      inRounds((_, { alpha }, k) => alpha[k]),
      [],
    ),
    ownAgreement(
      'own loss, trained in the mixture',
      inRounds((_, { own }, k) => -own[k].loss),
    ),
    ownAgreement(
      'own accuracy, trained in the mixture',
      inRounds((_, { own }, k) => own[k].accuracy),
    ),
    ownAgreement(
      'loss, trained alone',
      inRounds((place) => lossOf(alone.get(place)?.loss)),
    ),
    ownAgreement(
      'accuracy, trained alone',
      inRounds((place) => alone.get(place)?.accuracy),
    ),
    ownAgreement(
      'loss, shared weights',
      inRounds((place) => lossOf(ofShared(place)?.loss)),
      ofAll((place) => -(ofShared(place)?.loss ?? 0)),
    ),
    ownAgreement(
      'accuracy, shared weights',
      inRounds((place) => ofShared(place)?.accuracy),
      ofAll((place) => ofShared(place)?.accuracy ?? 0),
    ),
    ...(parameters
      ? [
          ownAgreement(
            'parameters',
            inRounds((place) => parameters[place]),
            ofAll((place) => parameters[place]),
          ),
        ]
      : []),
    ownAgreement(
      'validation accuracy from scratch',
      inRounds((place) => validation[place]),
      ofAll((place) => validation[place]),
    ),
  ];
}

function ownTable(rows: readonly OwnAgreement[]) {
  const figure = (value: number | null) => (value === null ? NOTHING : value.toFixed(2));
  const range = (value: number | null, interval: Interval | null) =>
    interval ? `${figure(value)} [${figure(interval.low)}, ${figure(interval.high)}]` : figure(value);
  return {
    columns: columns('Score', '#τ within rounds', '#Hits', '#τ over all', '#Top 10', '#Cells'),
    rows: rows.map(
      ({ score, within, withinInterval, hits, rounds, overall, overallInterval, top10, cells }) => [
        score,
        range(within, withinInterval),
        `${hits} of ${rounds}`,
        range(overall, overallInterval),
        figure(top10),
        String(cells),
      ],
    ),
  };
}
