import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { withFileOptions, withKernelOptions } from '../../src/cli/kernel/options';
import { runAndReport } from '../../src/cli/kernel/session';
import type { Event } from '../../src/cli/progress';
import { readShader } from '../../src/kernel-bench/source.node';
import { useFolder } from '../data/folder';
import { double, entry, HEAD } from '../kernel-bench/shaders';
import { useGpu } from '../use-gpu';

const folder = useFolder();
const held = useGpu();

/** What the command line says of a shader's text and its options. */
async function report(text: string, ...args: string[]) {
  const file = join(folder.path, 'kernel.wgsl');
  await writeFile(file, text);
  const command = withKernelOptions(new Command('kernel'));
  command.parse(['--repeat', '1', '--warmup', '0', ...args], { from: 'user' });
  const source = await readShader(file);
  const said: { text: string; event?: Event }[] = [];
  const silent = { update: () => undefined, stop: () => undefined };
  const reporter = {
    say: (line: string, event?: Event) => void said.push({ text: line, event }),
    log: (event: Event) => void said.push({ text: '', event }),
    progress: () => silent,
  };
  const good = await runAndReport(held.gpu, reporter, source, withFileOptions(command, source));
  return {
    good,
    text: said.map((line) => line.text).join('\n'),
    events: said.flatMap(({ event }) => (event ? [event] : [])),
  };
}

describe('the report', () => {
  it('prints, saves and compares buffers', async () => {
    const path = join(folder.path, 'y.npy');
    const saving = await report(double, '--bind', 'x=[1000]:arange', '--save', `y=${path}`, '--print', 'y:3');
    expect(saving.good).toBe(true);
    expect(saving.text).toContain('y = 0 2 4 … (1000 values)');
    const same = await report(double, '--bind', 'x=[1000]:arange', '--expect', `y=${path}`);
    expect(same.good).toBe(true);
    const other = await report(double, '--bind', 'x=[1000]:ones', '--expect', `y=${path}`);
    expect(other.good).toBe(false);
    expect(other.text).toContain('problem: y differs from');
    expect(other.text).toContain('in 999 of 1000 values, first number 0');
  });

  it('takes options that stand in the file', async () => {
    const text = `//#bench --bind x=[4]:const:3 --print y --groups 1\n${double}`;
    expect((await report(text, '--bind', 'y=[4]')).text).toContain('y = 6 6 6 6');
  });

  it('gives rates of what a dispatch is said to do, and their share of the measured peaks', async () => {
    const { text, events } = await report(double, '--bind', 'x=[1000]', '--flops', '1e3', '--bytes', '8e3');
    expect(text).toMatch(/^rate: [\d.e-]+ GFLOP\/s \([\d.]+ % of the measured peak\), [\d.]+ GB\/s \(/m);
    const { median, flopsPerSecond, bytesPerSecond } = events[0].rates as Record<string, number>;
    expect(flopsPerSecond).toBeCloseTo(1e3 / median, 3);
    expect(bytesPerSecond).toBeCloseTo(8e3 / median, 3);
  });

  it.each([
    ['a buffer that is not there', ['--bind', 'z=f32[4]'], '--bind z: z is no storage buffer of the file'],
    [
      'a constant that is not there',
      ['--set', 'TILE=4'],
      '--set TILE: the file has no override or const of this',
    ],
    ['a result that is not there', ['--print', 'z'], '--print z: there is no such buffer; there are x, y'],
  ])('refuses %s by the flag that names it', async (_, args, words) => {
    await expect(report(double, ...args)).rejects.toThrow(words);
  });
});

describe('the report of a sweep', () => {
  it('has a row for each, the fastest marked, results that differ from the first told', async () => {
    const text = HEAD + entry('if (i < 1000u) { y[i] = f32(SIZE / 64u); }');
    const {
      text: table,
      events,
      good,
    } = await report(text, '--bind', 'y=[1000]', '--sweep', 'SIZE=32,16,128');
    expect(good).toBe(true);
    expect(table).toMatch(/^SIZE=32 +32 +32 /m);
    expect(table).toMatch(/^SIZE=16 +16 +63 /m);
    expect(table).toMatch(/^SIZE=128 .*result differs from the first row’s/m);
    expect(table.match(/← fastest/g)).toHaveLength(1);
    expect(table).not.toMatch(/^SIZE=16 .*differs/m);
    expect(events.map(({ constants }) => constants)).toEqual([{ SIZE: 32 }, { SIZE: 16 }, { SIZE: 128 }]);
    expect(events.filter(({ fastest }) => fastest)).toHaveLength(1);
  });

  it('says why a combination cannot run, for people and for programs', async () => {
    const text = `override STEP: u32;\n${HEAD}${entry('y[i] = f32(STEP);')}`;
    const failing = report(text, '--bind', 'y=[64]', '--sweep', 'SIZE=64,32');
    await expect(failing).rejects.toThrow('override STEP has no value of its own: --set STEP=…');
    const { text: table, events } = await report(double, '--bind', 'x=[1000]', '--sweep', 'SIZE=64,4096');
    expect(table).toMatch(/^SIZE=4096 .*the pipeline: .*4096/m);
    expect(events.map(({ event }) => event)).toEqual(['kernel', 'failed']);
    expect(events[1]).toMatchObject({
      constants: { SIZE: 4096 },
      failure: expect.stringMatching(/^the pipeline: /),
    });
  });
});
