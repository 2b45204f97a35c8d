import type { Line } from './line';
import type { Measured } from './measured';
import type { Outcome } from './simulate';
import {
  HEARTBEAT_SECONDS,
  MEAN_HOURS,
  RESTART_SECONDS,
  type Run,
  STALE_SECONDS,
  STORE_RATE,
  type Study,
  WORKERS,
} from './study';

const HOUR = 3600;
const MEGA = 1e6;

/** bench/scaling.md. */
export function pageOf(measured: Measured, studies: readonly Study[]): string {
  const parts = [
    '# Scaling',
    INTRODUCTION,
    '![Hours over workers](scaling.svg)',
    '## What was measured',
    measuredText(measured),
    ...studies.flatMap((study) => sections(study, measured)),
    '## The model',
    MODEL,
  ];
  return `${parts.join('\n\n')}\n`;
}

const INTRODUCTION = `How long preset \`paper\` takes on 1 to 1,000 workers, and what gives way first. A simulation, written by \`npm run scaling\`: the product's own plan (\`runPlan\`), keys (\`orderOf\`) and priorities (\`priority.ts\`) on a clock of events, with job times drawn from those of a real run. No machine for 1,000 workers was at hand: what is said of them follows from the model at the end, and was not measured.`;

const COLUMNS = `_With true costs_: if kinds said by \`cost\` what a job takes to the second. They know the steps of a training and the network's size, not the machine.`;

const MODEL = `- **Job times.** Networks, baselines, Fishers, distances: GFLOP of their steps over the measured rate, times a draw from the measured times of the kind over their median. Winners: seconds a step and image of a measured winner, drawn. Searches: the budget's units of work (\`searchBudget\`), times the seconds a unit of a measured search, drawn; an evaluation is one network's share of that. What is drawn follows from a job's key: it is the same for every number of workers. Of what a faster machine cannot make faster (opening a network, JavaScript) nothing is kept apart: at 100 × short jobs are too short.
- **Values** that the plan reads (distances, losses, cells) are drawn at random: the plan branches as it would, to some task and some cells.
- **Store.** One link of ${STORE_RATE / 1e9} GB/s (assumed), first come, first served. A job reads the artefacts it builds on, whole; what it makes is written, and read by the planner, who checks its sum. Checkpoints (weights and both moments of Adam, after each epoch, of networks every ten minutes, too; searches twice a stage) add their time to the job, but do not make others wait; the busiest minute is without them. Data sets are not counted: each worker reads them once.
- **Planner and queue's server.** One CPU core each, first come, first served, by the measured CPU time of a job; signs of life and progress of jobs under way are counted, and delay nobody.
- **Machines that are taken away**: the time from a try's begin is exponential. What was not saved is lost. Shares below 1 × are chance: another order of jobs. Others take the job over once its lease is stale (${STALE_SECONDS} s after its last sign of life, one every ${HEARTBEAT_SECONDS} s), from its checkpoint; the machine has another in its place after ${RESTART_SECONDS} s. Idle workers are never lost, nor is the planner, and a machine does not go while its result is written. Nothing is set aside, however often it stalls; the queue gives a job up after 20 times in a row.`;

function measuredText({ at, networks, gflopsPerSecond, hashBytesPerSecond, queue, jobs }: Measured): string {
  const { vgg16 } = networks;
  const ms = (seconds: number) => figure(1000 * seconds);
  return `${at}. Jobs: ${jobs.length} of preset \`quick\`, with what their artefacts weigh. \`vgg16\` at 3×32×32: ${figure(vgg16.parameters / MEGA)} million parameters, ${figure(vgg16.gflop)} GFLOP of training for an image, at ${figure(gflopsPerSecond)} GFLOP/s (CPU time of all threads over the cores: other programs ran beside it). SHA-256: ${figure(hashBytesPerSecond / MEGA)} MB/s. A job that computes nothing, through BullMQ and a Redis server: ${figure(queue.commandsPerJob)} commands, those within scripts included, ${ms(queue.serverCpuPerJob)} ms of the server's CPU and ${ms(queue.plannerCpuPerJob)} of the planner's. A worker without a job: ${figure(queue.idle.commands)} commands a second; with one that shows progress: ${figure(queue.busy.commands)}, and ${ms(queue.busy.serverCpu)} ms of the server's CPU beyond what it uses by itself, and ${ms(queue.busy.plannerCpu)} ms of the planner's, who hears of the progress.`;
}

function sections(study: Study, measured: Measured): string[] {
  const { speed } = study;
  const title = speed === 1 ? 'At the measured speed' : `On machines ${speed} times as fast`;
  return [
    `## ${title}`,
    crewTable(study, measured),
    COLUMNS,
    '### What gives way first',
    limitsText(study),
    kindTable(study),
    '### Machines that are taken away',
    failureTable(study),
  ];
}

const lasting = ({ runs }: Study) => runs.filter(({ meanHours }) => meanHours === undefined);
const shown = (runs: readonly Run[]) => runs.filter(({ workers }) => WORKERS.some((one) => one === workers));

function crewTable(study: Study, measured: Measured): string {
  const rows = shown(lasting(study)).map(({ workers, outcome }) => {
    const { wall, worked, mostAtOnce, store, planner, queue } = outcome;
    return [
      String(workers),
      figure(wall / HOUR),
      hoursAt(study.foreseen, workers),
      percent(worked / wall / workers),
      String(mostAtOnce),
      figure(commandsOf(outcome, workers, measured) / wall),
      percent(queue.busy / wall),
      figure(store.amount / MEGA / wall),
      figure(store.peak / MEGA),
      percent(planner.busy / wall),
    ];
  });
  return table(
    [
      'Workers',
      'Hours',
      'Hours with true costs',
      'Workers busy',
      'Most jobs at once',
      'Queue commands/s',
      "Queue's server busy",
      'Store MB/s, mean',
      'Store MB/s, asked for in the busiest minute',
      'Planner busy',
    ],
    rows,
  );
}

function hoursAt(runs: readonly Run[], workers: number): string {
  const run = runs.find((one) => one.workers === workers);
  return run ? figure(run.outcome.wall / HOUR) : '–';
}

/** Commands of the queue: for jobs, for those under way, for workers that wait. */
function commandsOf({ jobs, failures, held, wall }: Outcome, workers: number, { queue }: Measured): number {
  return (
    (jobs + failures) * queue.commandsPerJob +
    held * queue.busy.commands +
    Math.max(0, workers * wall - held) * queue.idle.commands
  );
}

function limitsText(study: Study): string {
  const [{ outcome }] = lasting(study);
  const { unbounded } = study;
  const busyAt = ({ busy }: Line) => figure(outcome.worked / busy);
  const span = unbounded.wall;
  return `With a worker for every job the plan takes ${figure(span / HOUR)} h: one chain of jobs that wait for each other. All jobs together are ${figure(outcome.worked / HOUR)} h of work, which is ${figure(outcome.worked / span)} times that: beyond **${figure(outcome.worked / span)} workers** it is independent jobs that are lacking. Were there jobs enough, then in the mean over the plan the store's link would be full at ${busyAt(outcome.store)} busy workers, the planner's core at ${busyAt(outcome.planner)}, the queue's server at ${busyAt(outcome.queue)}. In a single phase it is otherwise: the last column below says how many busy workers with jobs of a kind fill the store's link.`;
}

function kindTable(study: Study): string {
  const [{ outcome }] = lasting(study);
  const rows = [...outcome.kinds].map(([kind, { jobs, seconds, bytes }]) => [
    kind,
    String(jobs),
    figure(seconds / jobs),
    figure(bytes / jobs / MEGA),
    bytes === 0 ? '–' : figure((seconds * STORE_RATE) / bytes),
  ]);
  return table(
    ['Kind', 'Jobs', 'Seconds a job, mean', 'MB a job, to and from the store', 'Workers that fill the store'],
    rows,
  );
}

function failureTable({ runs }: Study): string {
  const rows = WORKERS.flatMap((workers) => {
    const own = runs.filter((run) => run.workers === workers);
    const stays = own.find(({ meanHours }) => meanHours === undefined);
    return MEAN_HOURS.flatMap((hours) => {
      const run = own.find(({ meanHours }) => meanHours === hours);
      if (!run || !stays) return [];
      const { wall, failures, lost, worked } = run.outcome;
      return [
        [
          String(workers),
          String(hours),
          figure(wall / HOUR),
          `${figure(wall / stays.outcome.wall)} ×`,
          String(failures),
          percent(lost / (lost + worked)),
        ],
      ];
    });
  });
  return table(
    [
      'Workers',
      'Mean hours to a failure',
      'Hours',
      'Against machines that stay',
      'Failures',
      'Work that was lost',
    ],
    rows,
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const figure = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

const percent = (share: number): string => `${figure(100 * share)} %`;
