// The distance matrix over the eight tasks (preset `eight`), by three estimators; given again it goes on.
// As the original program measures: `npm run matrix -- --images test --head padded --epsilon 1e-10 --out runs/matrix-original`.
// CIFAR-10 is looked for where `taskgrad data fetch` puts it, then among the samples beside the checkout.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const FOLDERS = ['data/cifar10', '../shared/data/cifar10'];
const cifar10 = FOLDERS.find((folder) => existsSync(folder)) ?? FOLDERS[0];
const command = ['distance', '--preset', 'eight', '--data', `cifar10=${cifar10}`, '--out', 'runs/matrix'];
const estimators = ['--estimator', 'empirical', 'batch', 'original'];
const { status } = spawnSync(
  process.execPath,
  ['dist/cli.js', ...command, ...estimators, ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
process.exit(status ?? 1);
