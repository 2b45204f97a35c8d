// How an experiment's time falls with workers, by simulation: bench/scaling.md and its picture.
//   npm run scaling                     from what was measured
//   npm run scaling -- --measure RUN    measures anew first; RUN is the folder of a run with preset quick
//   npm run scaling -- --queue          measures only the queue anew
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure } from './measure';
import { type Measured, measuredSchema } from './measured';
import { pageOf } from './page';
import { pictureOf } from './picture';
import { queueCost, serveEmpty } from './queue-cost';
import { SPEEDS, type Study, studyAt } from './study';

const MEASURED = 'bench/scaling/measured.json';
const PAGE = 'bench/scaling.md';
const PICTURE = 'bench/scaling.svg';
const SERVE = 'serve';

const { values, positionals } = parseArgs({
  options: { measure: { type: 'string' }, queue: { type: 'boolean' } },
  allowPositionals: true,
});
const [role, folder, url] = positionals;
if (role === SERVE) await serveEmpty(folder, url);
else {
  const worker = [fileURLToPath(import.meta.url), SERVE];
  const kept = () => measuredSchema.parse(JSON.parse(readFileSync(MEASURED, 'utf8')));
  const keep = (measured: Measured) => writeFileSync(MEASURED, `${JSON.stringify(measured, undefined, 1)}\n`);
  if (values.measure !== undefined) keep(await measure(values.measure, worker));
  else if (values.queue) keep({ ...kept(), queue: await queueCost(worker) });
  const measured = kept();
  const studies: Study[] = [];
  for (const speed of SPEEDS) studies.push(await studyAt(speed, measured));
  writeFileSync(PAGE, pageOf(measured, studies));
  writeFileSync(PICTURE, `${pictureOf(studies)}\n`);
  console.log(`wrote ${PAGE} and ${PICTURE}`);
}
process.exit();
