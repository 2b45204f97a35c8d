import type { JobContext } from '../../worker/job';
import { serve } from '../../worker/serve';
import type { Command, Report } from '../protocol';
import { Engine } from './engine';

/** Of reports of these kinds only the newest matters. */
const REPLACED: readonly string[] = ['loading', 'progress'] satisfies Report['type'][];

let engine: Engine | undefined;

const jobs = {
  /** Opens the engine, and tells all that it says for as long as the page is open. */
  listen: (_: null, { report }: JobContext<Report>): Promise<never> => {
    const tell = (said: Report, transfer: Transferable[] = []) =>
      report(said, { transfer, ...(REPLACED.includes(said.type) && { replaces: said.type }) });
    engine = new Engine(tell, new URL('data/', globalThis.location.href).href);
    return new Promise(() => undefined);
  },
  /** Has the engine do something; what comes of it, it reports. */
  handle: (command: Command): void => engine?.handle(command),
};
export type PageJobs = typeof jobs;

serve(jobs);
