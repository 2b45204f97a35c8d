import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LEFT_OVER } from '../../../src/data/files.node';
import { Random } from '../../../src/tensor/random';
import { differences, fingerprint, inFolder } from '../experiment';
import { casesOf, type Effort, type Soak } from '../kind';
import { experimentProgram, type Program } from '../process';

const KILLS = 50;
/** Every third time two processes begin at once on one folder. */
const PAIR_EVERY = 3;

/** Chains of runs, each killed at any moment and gone on with, end as one that nobody disturbed. */
export const killSoak: Soak = {
  name: 'kill',
  does: `${KILLS} SIGKILLs at any moment of a run, also with two on one folder: it ends bit for bit as undisturbed`,
  async run(effort) {
    const program = await experimentProgram();
    try {
      return await inFolder('kill', (folder, data) => attack(program, folder, data, effort));
    } finally {
      program.remove();
    }
  },
};

async function attack(program: Program, folder: string, data: string, effort: Effort) {
  const faults: string[] = [];
  const random = new Random(effort.seed, 1);
  const start = performance.now();
  const first = await program.start(data, join(folder, 'whole')).ended;
  const wholeMs = performance.now() - start;
  if (first.code !== 0) return { figures: 'nothing ran', faults: [first.stderr] };
  const whole = await fingerprint(join(folder, 'whole'));
  const wanted = casesOf(KILLS, effort);
  const counts = { kills: 0, pairs: 0, refused: 0, chains: 0, leftOver: 0 };
  while (counts.kills < wanted && !effort.isOver()) {
    const out = join(folder, `chain${counts.chains}`);
    for (let ended = false; !ended; ) {
      const isPair = (counts.kills + counts.chains) % PAIR_EVERY === PAIR_EVERY - 1;
      const runs = Array.from({ length: isPair ? 2 : 1 }, () => program.start(data, out));
      counts.pairs += Number(isPair);
      const mayKill = counts.kills < wanted && !effort.isOver();
      const delay = mayKill ? wholeMs * (0.15 + 0.6 * random.uniform()) : Number.POSITIVE_INFINITY;
      const all = Promise.all(runs.map(({ ended }) => ended));
      const outcome = Number.isFinite(delay) ? await Promise.race([all, wait(delay)]) : await all;
      if (!outcome) {
        for (const { child } of runs) child.kill('SIGKILL');
        counts.kills += 1;
      }
      const codes = await all;
      ended = codes.some(({ code }) => code === 0);
      for (const { code, stderr } of codes) {
        if (code === 1 && isPair && stderr.includes('a run holds')) counts.refused += 1;
        else if (code !== 0 && code !== null)
          faults.push(`chain ${counts.chains} ended by ${code}: ${stderr}`);
      }
      counts.leftOver += await leftOver(out);
      if (!ended && outcome && codes.every(({ code }) => code !== 0)) break;
    }
    const found = await fingerprint(out);
    faults.push(...differences(whole, found).map((line) => `chain ${counts.chains}: ${line}`));
    if ((await leftOver(out)) > 0) faults.push(`chain ${counts.chains} left half-written files behind`);
    counts.chains += 1;
    effort.say(`${counts.kills} kills in ${counts.chains} chains`);
  }
  const { kills, chains, pairs, refused, leftOver: left } = counts;
  const figures = `${kills} of ${wanted} SIGKILLs in ${chains} chains, ${whole.length} files compared bit for bit, ${pairs} pairs on one folder of which ${refused} were refused, ${left} half-written files swept`;
  return { figures, faults };
}

async function leftOver(out: string): Promise<number> {
  const names = await readdir(out, { recursive: true }).catch(() => []);
  return names.filter((name) => LEFT_OVER.test(name.replace(/^.*\//, ''))).length;
}
