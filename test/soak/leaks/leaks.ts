import { openGpu } from '../../../src/node';
import { casesOf, type Soak } from '../kind';
import { growth, usage, usageText } from '../usage';

const CYCLES = 200;
/** Caches and pools fill in the first ones. */
const FIRST = 10;
const MOST = { descriptors: 4, threads: 12, maps: 150, rss: 64, heap: 6 };

/** GPUs are opened and disposed of, every second one with work on it, every fourth lost: nothing stays open. */
export const leaksSoak: Soak = {
  name: 'leaks',
  does: `${CYCLES} GPUs opened and disposed of: descriptors, threads, memory maps, RSS and heap stay flat`,
  async run(effort) {
    const cycle = async (number: number) => {
      const gpu = await openGpu();
      if (number % 2 === 1) await gpu.ones([100]).data();
      if (number % 4 === 3) {
        gpu.runtime.device.destroy();
        await gpu.runtime.device.lost;
      }
      gpu.dispose();
    };
    for (let i = 0; i < FIRST; i++) await cycle(i);
    const before = await usage();
    const wanted = casesOf(CYCLES, effort);
    let cycles = 0;
    for (; cycles < wanted && !effort.isOver(); cycles++) {
      await cycle(cycles);
      if (cycles % 50 === 49) effort.say(`${cycles + 1} cycles`);
    }
    const after = await usage();
    const figures = `${cycles} of ${wanted} GPUs opened and disposed of, ${usageText(before, after)}`;
    return { figures, faults: growth('after the cycles', before, after, MOST) };
  },
};
