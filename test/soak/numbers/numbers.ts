import { join } from 'node:path';
import { differences, fingerprint, inFolder } from '../experiment';
import type { Soak } from '../kind';
import { experimentProgram } from '../process';

/** The same experiment twice in one process, and once more in another, gives the same bits. */
export const numbersSoak: Soak = {
  name: 'numbers',
  does: 'two runs in one process and one in another give the same bits for training, Fisher, FUSE and DARTS',
  async run() {
    const program = await experimentProgram();
    try {
      return await inFolder('numbers', async (folder, data) => {
        const outs = ['first', 'second', 'other'].map((name) => join(folder, name));
        const [first, second, other] = outs;
        const ends = [await program.start(data, first, second).ended, await program.start(data, other).ended];
        const failed = ends.filter(({ code }) => code !== 0).map(({ stderr }) => stderr);
        if (failed.length > 0) return { figures: 'nothing to compare', faults: failed };
        const whole = await fingerprint(first);
        const faults: string[] = [];
        for (const out of [second, other]) faults.push(...differences(whole, await fingerprint(out)));
        return { figures: `3 runs in 2 processes, ${whole.length} files compared bit for bit`, faults };
      });
    } finally {
      program.remove();
    }
  },
};
