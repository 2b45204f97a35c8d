import type { News } from '../../experiment/plans/news';
import { formatMillions, formatPercent } from '../../report/format';
import type { Search } from '../../report/results';
import type { Reporter } from '../progress';
import { sayDistances } from './distances';

type Said<Kind extends News['kind']> = Extract<News, { readonly kind: Kind }>;
type Say = Pick<Reporter, 'say' | 'log'>;
type Sayings = {
  readonly [Kind in News['kind']]: (by: Say, news: Said<Kind>, nameOf: (id: string) => string) => void;
};

/** What is said of each kind of news. */
const SAYINGS: Sayings = {
  trained: ({ say }, { name, training }) => {
    const { testAccuracy, gpuSeconds } = training;
    const accuracy = `test accuracy ${(100 * testAccuracy).toFixed(2)} %`;
    say(`${name}: ${accuracy}, ${gpuSeconds.toFixed(1)} s of GPU time`, { event: 'trained', ...training });
  },
  distance: (by, { distance, isOther }, nameOf) => {
    if (isOther) by.say(`\nestimator ${distance.estimator}:`);
    sayDistances(by, distance, nameOf);
  },
  space: ({ say }, { space }) =>
    say(`task-aware space: ${space.operations.join(', ')}\n  (${space.reason})`, {
      event: 'space',
      ...space,
    }),
  searched: ({ say }, { seed, search }) =>
    say(`${search.method}: ${sentenceOn(search)}`, { event: 'search', seed, ...search }),
  studied: ({ say }, { run }, nameOf) => {
    const { method, space, task, seed, testError } = run;
    const what = `${method}, ${space}: test error ${formatPercent(testError)} %`;
    say(`seed ${seed}, ${nameOf(task)}: ${what}`, { event: 'studied', ...run });
  },
  unsearched: ({ say }, { label, unsearched }) => {
    const { testError, genotype } = unsearched;
    say(`${label}: test error ${formatPercent(testError)} % with cell ${genotype.hash}`, {
      event: 'unsearched',
      ...unsearched,
    });
  },
  lent: ({ say }, { seed, closeness, lender, space }) =>
    say(`seed ${seed}, space of the ${closeness} task, ${lender}: ${space.operations.join(', ')}`, {
      ...{ event: 'lent', seed, closeness, lender, operations: space.operations },
    }),
  claimed: ({ say }, { rounds, run }) => {
    const { method, space, seed, testError } = run;
    say(`${method} ${space}, ${rounds} rounds, seed ${seed}: test error ${formatPercent(testError)} %`, {
      event: 'claimed',
      rounds,
      ...run,
    });
  },
  'fine-tuned': ({ log }, { kind, ...facts }) => log({ event: kind, ...facts }),
};

/** What tells a person, and the log, what a plan has found out. @param nameOf name of a task by its id */
export const sayNews =
  (by: Say, nameOf: (id: string) => string) =>
  (news: News): void => {
    const say = SAYINGS[news.kind] as (by: Say, news: News, nameOf: (id: string) => string) => void;
    say(by, news, nameOf);
  };

/** What one search found and cost, for the terminal. */
function sentenceOn({ winner, testError, parameters, headParameters = 0, cost }: Search): string {
  const [body, head] = [parameters - headParameters, headParameters].map((n) => formatMillions(n / 1e6));
  const found = [
    `test error ${formatPercent(testError)} % with cell ${winner.hash}`,
    `${body} M parameters, and ${head} M of the head`,
  ];
  if (!cost) return found.join('; ');
  const { search, training } = cost;
  return [
    ...found,
    `search: ${search.networks} networks, ${search.steps} steps, ${search.gpuSeconds.toFixed(1)} s of GPU time`,
    `training: ${training.steps} steps, ${training.gpuSeconds.toFixed(1)} s`,
  ].join('; ');
}
