import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TaskgradError } from '../../runtime/errors';
import { overLosses } from '../../src/cli/losses';
import { type Session, withSession } from '../../src/cli/session';
import { trainAll } from '../../src/experiment/plans/distances.node';
import { decodeSafetensors } from '../../src/data/safetensors';
import { openGpu } from '../../src/node';
import { failure } from '../data/failure';
import { writeDigits } from './digits';
import { optionsFor, TINY, useSilence } from './session';

let root = '';
const silence = useSilence();
const out = (name: string) => join(root, name);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-losses-'));
  await writeDigits(join(root, 'data'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Trains a network, on devices that are lost after so many of its steps each. */
const train = (name: string, ...losses: number[]) =>
  withSession(
    optionsFor(join(root, 'data'), out(name)),
    { ...TINY, tasks: ['0'] },
    async (session: Session) => {
      const after = losses.shift();
      let steps = 0;
      await trainAll({
        ...session,
        progress: () => ({
          update: () => {
            if (++steps === after) session.gpu.runtime.device.destroy();
          },
          stop: () => undefined,
        }),
      });
    },
  );

async function weights(name: string): Promise<string> {
  const file = join(out(name), 'state', 'networks', 'smallCifarNet-task0-seed0.safetensors');
  const { tensors } = decodeSafetensors(await readFile(file), file);
  return [...tensors].map(([key, { data }]) => `${key} ${data.join(' ')}`).join('\n');
}

it('a run whose device is lost goes on by itself, three times, to the same weights', async () => {
  await train('whole');
  await train('lost', 2, 6, 1);
  expect(await weights('lost')).toBe(await weights('whole'));
  for (const time of ['first', 'second', 'third']) {
    expect(silence.stdout()).toContain(
      `goes on from its last checkpoint on a new one, for the ${time} time of 3`,
    );
  }
});

it('and then ends by one line that names --resume', async () => {
  const opened: string[] = [];
  const error = await failure(() =>
    overLosses({ say: () => undefined }, openGpu, async (gpu, losses) => {
      opened.push(`${losses}`);
      gpu.runtime.device.destroy();
      await gpu.ones([3]).data();
    }),
  );
  expect(opened).toEqual(['0', '1', '2', '3']);
  expect(error).toBeInstanceOf(TaskgradError);
  expect((error as TaskgradError).message).toMatch(
    /^the GPU device was lost 4 times \(.+\); .* with --resume$/,
  );
});

it('what fails on a device that is there fails', async () => {
  const failing = overLosses({ say: () => undefined }, openGpu, () => Promise.reject(new Error('so')));
  await expect(failing).rejects.toThrow('so');
});
