// A page of a bundler's that has the engine train in its worker.
import { openEngine, type TrainReport, type WorkerError } from 'taskgrad/worker';

const images = Uint8Array.from({ length: 40 * 16 }, (_, i) => (Math.floor(i / 16) % 2) * 200 + (i % 16));
const labels = Array.from({ length: 40 }, (_, i) => i % 2);
const seen: TrainReport[] = [];

async function run(): Promise<string> {
  const engine = await openEngine();
  const { test } = await engine.call(
    'train',
    { images, labels, shape: [1, 4, 4], epochs: 20 },
    { onReport: (report) => void seen.push(report) },
  );
  return `done on ${engine.adapter.kind}: ${test?.accuracy}, ${seen.at(-1)?.done} steps`;
}

document.title = await run().catch((error: WorkerError) => `Error ${error.code}: ${error.message}`);
