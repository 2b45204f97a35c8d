import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import { openStatus, type QueueStatus, type Status } from '../../experiment/status.node';
import { formatSeconds } from '../../report/format';
import { columns, NOTHING, tableText } from '../../report/table';
import { catchInterrupts } from '../interrupt';
import { example, jsonOption, queueOption } from '../options';
import { clearScreen } from '../print';
import { reporterFor } from '../progress';

/** How often --watch looks. */
const LOOK_MS = 2000;

interface StatusOptions {
  readonly queue: string;
  readonly watch: boolean;
  readonly json: boolean;
}

export function statusCommand(): Command {
  return new Command('status')
    .description(
      'Show the workers of a queue and what they do, and its jobs: waiting, under way, done, set aside',
    )
    .addOption(queueOption().makeOptionMandatory())
    .option('--watch', 'show it again every two seconds, until Ctrl-C', false)
    .addOption(jsonOption())
    .addHelpText('after', example('taskgrad status --queue redis://127.0.0.1:6379 --watch'))
    .action(showStatus);
}

async function showStatus({ queue, watch, json }: StatusOptions): Promise<void> {
  const { say, log } = reporterFor({ json });
  const view = await openStatus(queue);
  const { signal, release } = catchInterrupts({ isSilent: true });
  try {
    do {
      const status = await view.read();
      if (json) log({ event: 'status', ...status });
      else {
        if (watch) clearScreen();
        say(statusText(status, new Date()));
      }
      if (watch) await wait(LOOK_MS, undefined, { signal }).catch(() => undefined);
    } while (watch && !signal.aborted);
  } finally {
    release();
    await view.close();
  }
}

/** What a person reads. */
export function statusText({ workers, queues }: Status, now: Date): string {
  const since = (time: string) => formatSeconds(Math.max(0, now.getTime() - Date.parse(time)) / 1000);
  const who = {
    columns: columns('worker', '#process', 'adapter', 'version', '#since', 'does', '#for', '#done'),
    rows: workers.map(({ host, pid, adapter, version, since: came, doing: [job] }) => [
      host,
      pid === undefined ? NOTHING : String(pid),
      adapter,
      version,
      since(came),
      job ? (job.label ?? job.kind) : NOTHING,
      job ? since(job.since) : NOTHING,
      job?.total ? `${Math.floor((100 * (job.done ?? 0)) / job.total)} %` : NOTHING,
    ]),
  };
  const jobs = {
    columns: columns('queue', '#waiting', '#under way', '#set aside', '#done'),
    rows: queues.map(({ name, counts, done }) => {
      const total = Object.values(done).reduce((sum, count) => sum + count, 0);
      return [name, ...[counts.waiting, counts.active, counts.setAside, total].map(String)];
    }),
  };
  return [
    workers.length > 0 ? tableText(who) : 'no worker shows itself',
    queues.length > 0 ? tableText(jobs) : 'no queue has been used',
    ...queues.flatMap(asideLines),
  ].join('\n\n');
}

const asideLines = ({ setAside }: QueueStatus): string[] =>
  setAside.map(
    ({ key, label, error, at }) => `set aside at ${at}: ${label} (job ${key.slice(0, 12)}): ${error}`,
  );
