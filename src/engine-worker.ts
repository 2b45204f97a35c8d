import { browserHost } from '../runtime/host.browser';
import { openOn } from './open';
import { engineJobs } from './worker/jobs/engine';
import { serve } from './worker/serve';

/** The program of the ready-made engine's worker, which `openEngine` of `taskgrad/worker` starts. */
serve(engineJobs(openOn(browserHost)));
