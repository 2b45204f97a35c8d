import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { ShaderCompileError } from '../../runtime/errors';
import { valuesOf } from '../../src/cli/kernel/array';
import { withFileOptions, withKernelOptions } from '../../src/cli/kernel/options';
import { type Failed, type Measured, runAll } from '../../src/cli/kernel/run';
import { runAndReport } from '../../src/cli/kernel/session';
import { readShader } from '../../src/cli/kernel/source';
import type { Event } from '../../src/cli/progress';
import { useFolder } from '../data/folder';
import { useGpu } from '../use-gpu';

const folder = useFolder();
const held = useGpu();

const HEAD = `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
override SIZE: u32 = 64;
`;
const entry = (body: string, size = 'SIZE') => `
@compute @workgroup_size(${size})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  ${body}
}`;
const double = HEAD + entry('if (i < 1000u) { y[i] = 2.0 * x[i]; }');

/** What the command line makes of a shader's text and its options. */
async function prepare(text: string, args: readonly string[]) {
  const file = join(folder.path, 'kernel.wgsl');
  await writeFile(file, text);
  const command = withKernelOptions(new Command('kernel'));
  command.parse(['--repeat', '1', '--warmup', '0', ...args], { from: 'user' });
  const source = await readShader(file);
  return { source, options: withFileOptions(command, source.bench, file) };
}

async function run(text: string, ...args: string[]): Promise<Measured> {
  const { source, options } = await prepare(text, args);
  const [result] = await runAll(held.gpu.runtime, source, options);
  if ('failure' in result) throw new Error(result.failure);
  return result;
}

async function report(text: string, ...args: string[]) {
  const { source, options } = await prepare(text, args);
  const said: { text: string; event?: Event }[] = [];
  const silent = { update: () => undefined, stop: () => undefined };
  const reporter = {
    say: (line: string, event?: Event) => void said.push({ text: line, event }),
    log: (event: Event) => void said.push({ text: '', event }),
    progress: () => silent,
  };
  const good = await runAndReport(held.gpu.runtime, reporter, source, options);
  return {
    good,
    text: said.map((line) => line.text).join('\n'),
    events: said.flatMap(({ event }) => (event ? [event] : [])),
  };
}

const outputOf = ({ examination }: Measured) => [...valuesOf(examination.outputs[0].array)];
const findingsOf = ({ examination }: Measured) =>
  examination.findings.map(({ kind, buffer }) => `${kind}: ${buffer}`);

describe('a kernel on the bench', () => {
  it('computes on the data it was given, and passes the checks', async () => {
    const result = await run(double, '--bind', 'x=f32[1000]:arange');
    expect(outputOf(result)).toEqual(Array.from({ length: 1000 }, (_, i) => 2 * i));
    expect(findingsOf(result)).toEqual([]);
    expect(result.examination.probed).toEqual(['x', 'y']);
    expect(result.plan.launch).toEqual({ workgroup: [64, 1, 1], groups: [16, 1, 1] });
    expect(result.timing.samples[0]).toBeGreaterThan(0);
  });

  it('reads uniforms, other groups and snippets, and takes options that stand in the file', async () => {
    const text = `
//#import index
//#bench --uniform p.scale=0.5 --uniform p.count=6 --bind b=[6]:const:4 --groups 1
struct P { count: u32, scale: f32 }
@group(0) @binding(3) var<uniform> p: P;
@group(2) @binding(1) var<storage> b: array<vec2<f32>>;
@group(1) @binding(0) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32) {
  let t = flat_thread(group, groups, local, 8u);
  if (t < p.count) { result[t] = p.scale * b[t / 2u].y + f32(t); }
}`;
    expect(outputOf(await run(text))).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it('finds NaN, unless it was put in', async () => {
    const text = HEAD + entry('if (i < 100u) { y[i] = sqrt(x[i]); }');
    const result = await run(text, '--bind', 'x=f32[100]:const:-1');
    expect(findingsOf(result)).toEqual(['nan: y']);
    expect(result.examination.outputs[0].summary.nan).toEqual({ count: 100, first: 0 });
    expect(findingsOf(await run(text, '--bind', 'x=f32[100]:const:nan'))).toEqual([]);
  });

  it('finds writes past the end, with the index', async () => {
    const result = await run(HEAD + entry('y[i] = x[min(i, 999u)];'), '--bind', 'x=f32[1000]');
    expect(findingsOf(result)).toEqual(['write past end: y']);
    expect(result.examination.findings[0].text).toContain('first y[1000], 24 words of 4 bytes in all');
  });

  it('finds reads past the end that change a result, and which buffer they are of', async () => {
    const text = HEAD + entry('if (i < 100u) { y[i] = x[i] + x[i + 1u]; }');
    const result = await run(text, '--bind', 'x=f32[100]:arange');
    expect(findingsOf(result)).toEqual(['read past end: x']);
    expect(result.examination.findings[0].text).toContain('changes value 99 of y');
  });

  it('does not take a bound that follows arrayLength for a fault', async () => {
    const text = HEAD + entry('if (i < arrayLength(&y)) { y[i] = x[i]; }');
    const result = await run(text, '--bind', 'x=f32[100]', '--threads', '400');
    expect(findingsOf(result)).toEqual([]);
    expect(result.examination.probed).toEqual(['x']);
  });

  it('takes a vec4 that the data fills only in part as the buffer’s own', async () => {
    const text = `@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < 3u) { y[id.x] = vec4<f32>(1.0); } }`;
    expect(findingsOf(await run(text, '--bind', 'y=f32[9]'))).toEqual([]);
    expect(findingsOf(await run(text, '--bind', 'y=f32[8]'))).toEqual(['write past end: y']);
  });

  it('finds what depends on the order of threads, and nothing of it where an atomic makes up for it', async () => {
    // Each thread that finds the place free takes it: who comes first is left to chance.
    const text = (index: string) => `
@group(0) @binding(0) var<storage, read_write> next: atomic<u32>;
@group(0) @binding(1) var<storage, read_write> order: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var spin = id.x % 64u;
  for (var k = 0u; k < 64u + (id.x * 7919u) % 512u; k++) { spin = spin * 1664525u + 1013904223u; }
  let at = atomicAdd(&next, select(1u, 2u, spin == 77u));
  order[${index}] = id.x;
}`;
    const args = ['--bind', 'order=u32[20000]', '--threads', '20000'];
    const sound = await run(text('id.x'), ...args);
    expect(findingsOf(sound)).toEqual([]);
    const racy = findingsOf(await run(text('at'), ...args));
    // An adapter with a single thread has no race to lose.
    expect([[], ['race: order']]).toContainEqual(racy);
  });

  it('says which line of which file does not compile', async () => {
    await writeFile(join(folder.path, 'broken.wgsl'), 'fn one() -> f32 {\n  return 1u;\n}');
    const failing = run(`//#import broken\n${double}`);
    await expect(failing).rejects.toThrow(ShaderCompileError);
    await expect(failing).rejects.toThrow(
      /broken\.wgsl does not compile:\n2:3 .*\n +1 \| fn one\(\) -> f32 \{/,
    );
    await expect(run(`//#import index\n${HEAD}${entry('y[i] = nothing;')}`)).rejects.toThrow(
      /kernel\.wgsl does not compile:\n10:10 unresolved value 'nothing'\n/,
    );
  });

  it.each([
    ['a buffer that is not there', ['--bind', 'z=f32[4]'], '--bind z: z is no storage buffer of the file'],
    ['a constant that is not there', ['--set', 'TILE=4'], 'no override or const of this name; it has SIZE'],
    ['too large a group', ['--set', 'SIZE=4096'], /^the pipeline: .*4096/],
    ['too many groups', ['--groups', '70000'], /^70000 workgroups are more than this adapter takes/],
    [
      'too large a buffer',
      ['--bind', 'x=f32[4]', '--bind', 'x=[3000000000]'],
      /^buffer x needs 12000000000 bytes; this adapter binds at most/,
    ],
  ])('refuses %s in one line', async (_, args, words) => {
    const error = await run(double, ...args).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(String(error instanceof Error && error.message)).toMatch(words);
    expect(String(error instanceof Error && error.message)).not.toContain('\n');
  });
});

describe('a sweep', () => {
  const isMeasured = (result: Measured | Failed): result is Measured => 'plan' in result;

  it('runs every combination of overrides and constants, groups after the size, and goes on past one that fails', async () => {
    const text = `${HEAD}const STEP = 1.0;${entry('if (i < 1000u) { y[i] = x[i] + STEP; }')}`;
    const args = ['--bind', 'x=[1000]:zeros', '--sweep', 'SIZE=32,64,4096', '--sweep', 'STEP=1,2'];
    const { source, options } = await prepare(text, args);
    const results = await runAll(held.gpu.runtime, source, options);
    const shown = results.map((result) => [
      ...result.combination.values(),
      isMeasured(result) ? result.plan.launch.groups[0] : 'failed',
      isMeasured(result) ? outputOf(result)[999] : '',
    ]);
    expect(shown).toEqual([
      ...[
        [32, 1, 32, 1],
        [32, 2, 32, 2],
        [64, 1, 16, 1],
        [64, 2, 16, 2],
      ],
      ...[
        [4096, 1, 'failed', ''],
        [4096, 2, 'failed', ''],
      ],
    ]);
  });

  it('reports a row for each, the fastest marked, results that differ from the first told', async () => {
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
});

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

  it('gives rates of what a dispatch is said to do, and their share of the measured peaks', async () => {
    const { text, events } = await report(double, '--bind', 'x=[1000]', '--flops', '1e3', '--bytes', '8e3');
    expect(text).toMatch(/^rate: [\d.e-]+ GFLOP\/s \([\d.]+ % of the measured peak\), [\d.]+ GB\/s \(/m);
    const { median, flopsPerSecond, bytesPerSecond } = events[0].rates as Record<string, number>;
    expect(flopsPerSecond).toBeCloseTo(1e3 / median, 3);
    expect(bytesPerSecond).toBeCloseTo(8e3 / median, 3);
  });
});

describe('the shaders of this repository', () => {
  it('reduce_parallel.wgsl sums rows as JavaScript does', async () => {
    const file = 'shaders/reduce_parallel.wgsl';
    const command = withKernelOptions(new Command('kernel'));
    const uniforms = [
      'outputs=5',
      'rank=1',
      'outer=1',
      'inner=100',
      'inner_step=1',
      'scale=0.5',
      'lengths=5',
      'steps=100',
    ];
    const args = ['--bind', 'out=[5]', '--bind', 'x=[5,100]:arange', '--groups', '5', '--repeat', '1'];
    command.parse([...args, ...uniforms.flatMap((word) => ['--uniform', `params.${word}`])], {
      from: 'user',
    });
    const source = await readShader(file);
    expect(source.files).toContain('shaders/snippets/index.wgsl');
    const [result] = await runAll(held.gpu.runtime, source, withFileOptions(command, source.bench, file));
    if ('failure' in result) throw new Error(result.failure);
    const sums = Array.from({ length: 5 }, (_, row) => 0.5 * (100 * 100 * row + 4950));
    expect(outputOf(result)).toEqual(sums);
    expect(findingsOf(result)).toEqual([]);
  });
});
