import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ShaderCompileError } from '../../runtime/errors';
import type { BenchOptions } from '../../src/kernel-bench/options';
import { benchKernel, KernelError, type KernelResult, readShader } from '../../src/node';
import { useFolder } from '../data/folder';
import { useGpu } from '../use-gpu';
import { double, entry, HEAD } from './shaders';

const folder = useFolder();
const held = useGpu();

/** As little time as can be taken. */
const quick = { repeat: 1, warmup: 0 };

async function run(
  source: Parameters<typeof benchKernel>[1],
  options: BenchOptions = {},
): Promise<KernelResult> {
  const { results } = await benchKernel(held.gpu, source, { ...quick, ...options });
  expect(results).toHaveLength(1);
  return results[0];
}

const outputOf = ({ outputs }: KernelResult) => [...Object.values(outputs)[0].values];
const findingsOf = ({ findings }: KernelResult) => findings.map(({ kind, buffer }) => `${kind}: ${buffer}`);

describe('a kernel in a program', () => {
  it('computes saxpy as f64 arithmetic does', async () => {
    const count = 1000;
    const a = 0.1;
    const x = Float32Array.from({ length: count }, (_, i) => Math.sin(i));
    const y = Float32Array.from({ length: count }, (_, i) => Math.cos(3 * i));
    const { results, fastest, failures } = await benchKernel(
      held.gpu,
      await readShader('bench/kernels/saxpy.wgsl'),
      {
        bind: { x, y },
        uniform: { params: { count, a } },
        set: { SIZE: 32 },
        repeat: 3,
      },
    );
    const [{ outputs, findings, timing, setup, combination }] = results;
    const error = outputs.y.values.map((value, i) => Math.abs(value - (Math.fround(a) * x[i] + y[i])));
    expect(outputs.y.values).toHaveLength(count);
    expect(Math.max(...error)).toBeLessThan(2 ** -23); // two roundings of numbers up to 1.1
    expect({ findings, failures, combination }).toEqual({ findings: [], failures: [], combination: {} });
    expect(setup.grid).toEqual({ workgroup: [32, 1, 1], groups: [32, 1, 1] });
    expect(timing.samples).toHaveLength(3);
    expect(timing.best).toBe(Math.min(...timing.samples));
    expect(timing.best).toBeGreaterThan(0);
    expect(fastest).toBe(results[0]);
    expect([...x.slice(0, 2)]).toEqual([0, Math.fround(Math.sin(1))]);
  });

  it('takes the text of a file as it takes the file', async () => {
    const text = await readFile('bench/kernels/saxpy.wgsl', 'utf8');
    const options = {
      bind: { x: new Float32Array([1, 2, 3]), y: { fill: 'ones' } },
      uniform: { params: [3, 2] },
    } as const;
    expect(outputOf(await run(text, options))).toEqual([3, 5, 7]);
  });

  it('holds results against what was expected', async () => {
    const bounded = HEAD + entry('if (i < arrayLength(&y)) { y[i] = 2.0 * x[i]; }');
    const bind = { x: new Float32Array([1, 2, 3]) };
    const expected = new Float32Array([2, 4.5, 6]);
    const { findings } = await run(bounded, { bind, expect: { y: expected } });
    expect(findings.map(({ kind, text }) => [kind, text])).toEqual([
      [
        'mismatch',
        'y differs from what was expected in 1 of 3 values, first number 1; the largest error is 0.111, in number 1',
      ],
    ]);
    expect(findingsOf(await run(bounded, { bind, expect: { y: expected }, tolerance: 0.2 }))).toEqual([]);
    await expect(run(bounded, { bind, expect: { y: new Float32Array(2) } })).rejects.toThrow(
      'what was expected holds f32[2], but y is f32[3]',
    );
  });

  it('leaves the GPU to others as it was', async () => {
    const before = held.gpu.memory();
    await run(double, { bind: { x: { shape: [64] } } });
    expect(held.gpu.memory()).toEqual(before);
    const sum = held.gpu.tensor(new Float32Array([1, 2]), [2]);
    expect([...(await sum.data())]).toEqual([1, 2]);
    sum.dispose();
  });
});

describe('a kernel on the bench', () => {
  it('computes on the data it was given, and passes the checks', async () => {
    const result = await run(double, { bind: { x: { shape: [1000], fill: 'arange' } } });
    expect(outputOf(result)).toEqual(Array.from({ length: 1000 }, (_, i) => 2 * i));
    expect(findingsOf(result)).toEqual([]);
    expect(result.probed).toEqual(['x', 'y']);
    expect(result.setup.grid).toEqual({ workgroup: [64, 1, 1], groups: [16, 1, 1] });
    expect(result.timing.samples[0]).toBeGreaterThan(0);
  });

  it('reads uniforms, other groups and snippets', async () => {
    const text = `
//#import index
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
    const options = {
      uniform: { p: { scale: 0.5, count: 6 } },
      bind: { b: { shape: [6], fill: 4 } },
      groups: 1,
    };
    expect(outputOf(await run(text, options))).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it('finds NaN, unless it was put in', async () => {
    const text = HEAD + entry('if (i < 100u) { y[i] = sqrt(x[i]); }');
    const result = await run(text, { bind: { x: { shape: [100], fill: -1 } } });
    expect(findingsOf(result)).toEqual(['nan: y']);
    expect(result.outputs.y.summary.nan).toEqual({ count: 100, first: 0 });
    expect(findingsOf(await run(text, { bind: { x: { shape: [100], fill: Number.NaN } } }))).toEqual([]);
  });

  it('finds writes past the end, with the index', async () => {
    const result = await run(HEAD + entry('y[i] = x[min(i, 999u)];'), { bind: { x: { shape: [1000] } } });
    expect(findingsOf(result)).toEqual(['write past end: y']);
    expect(result.findings[0].text).toContain('first y[1000], 24 words of 4 bytes in all');
  });

  it('finds reads past the end that change a result, and which buffer they are of', async () => {
    const text = HEAD + entry('if (i < 100u) { y[i] = x[i] + x[i + 1u]; }');
    const result = await run(text, { bind: { x: { shape: [100], fill: 'arange' } } });
    expect(findingsOf(result)).toEqual(['read past end: x']);
    expect(result.findings[0].text).toContain('changes value 99 of y');
  });

  it('does not take a bound that follows arrayLength for a fault', async () => {
    const text = HEAD + entry('if (i < arrayLength(&y)) { y[i] = x[i]; }');
    const result = await run(text, { bind: { x: { shape: [100] } }, threads: 400 });
    expect(findingsOf(result)).toEqual([]);
    expect(result.probed).toEqual(['x']);
  });

  it('takes a vec4 that the data fills only in part as the buffer’s own', async () => {
    const text = `@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < 3u) { y[id.x] = vec4<f32>(1.0); } }`;
    expect(findingsOf(await run(text, { bind: { y: { type: 'f32', shape: [9] } } }))).toEqual([]);
    expect(findingsOf(await run(text, { bind: { y: { type: 'f32', shape: [8] } } }))).toEqual([
      'write past end: y',
    ]);
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
    const options = { bind: { order: { shape: [20_000] } }, threads: 20_000 };
    const sound = await run(text('id.x'), options);
    expect(findingsOf(sound)).toEqual([]);
    const racy = findingsOf(await run(text('at'), options));
    // An adapter with a single thread has no race to lose.
    expect([[], ['race: order']]).toContainEqual(racy);
  });

  it('says which line of which file does not compile', async () => {
    const file = join(folder.path, 'kernel.wgsl');
    await writeFile(join(folder.path, 'broken.wgsl'), 'fn one() -> f32 {\n  return 1u;\n}');
    await writeFile(file, `//#import broken\n${double}`);
    const failing = run(await readShader(file));
    await expect(failing).rejects.toThrow(ShaderCompileError);
    await expect(failing).rejects.toThrow(
      /broken\.wgsl does not compile:\n2:3 .*\n +1 \| fn one\(\) -> f32 \{/,
    );
    await writeFile(file, `//#import index\n${HEAD}${entry('y[i] = nothing;')}`);
    await expect(run(await readShader(file))).rejects.toThrow(
      /kernel\.wgsl does not compile:\n10:10 unresolved value 'nothing'\n/,
    );
    await expect(run('fn f( {}')).rejects.toThrow(/^kernel given as text does not compile:\n1:7 /);
  });

  it.each<[string, BenchOptions, string | RegExp]>([
    [
      'a buffer that is not there',
      { bind: { z: { shape: [4] } } },
      'bind.z: z is no storage buffer of the file',
    ],
    [
      'a block that is not there',
      { uniform: { p: 1 } },
      'uniform.p: p is no uniform buffer of the file; none is used',
    ],
    ['a constant that is not there', { set: { TILE: 4 } }, 'no override or const of this name; it has SIZE'],
    ['an entry point that is not there', { entry: 'start' }, "no compute entry point 'start'; it has main"],
    ['too large a group', { set: { SIZE: 4096 } }, /^the pipeline: .*4096/],
    ['too many groups', { groups: 70_000 }, /^70000 workgroups are more than this adapter takes/],
    [
      'too large a buffer',
      { bind: { x: { shape: [3_000_000_000] } } },
      /^buffer x needs 12000000000 bytes; this adapter binds at most/,
    ],
  ])('refuses %s in one line', async (_, options, words) => {
    const error = await run(double, options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KernelError);
    expect(String(error instanceof Error && error.message)).toMatch(words);
    expect(String(error instanceof Error && error.message)).not.toContain('\n');
  });
});

describe('a sweep', () => {
  it('runs every combination of overrides and constants, groups after the size, and goes on past one that fails', async () => {
    const text = `${HEAD}const STEP = 1.0;${entry('if (i < 1000u) { y[i] = x[i] + STEP; }')}`;
    const { results, failures, fastest } = await benchKernel(held.gpu, text, {
      ...quick,
      bind: { x: { shape: [1000], fill: 'zeros' } },
      sweep: { SIZE: [32, 64, 4096], STEP: [1, 2] },
    });
    const shown = results.map(({ combination, setup, outputs }) => [
      ...Object.values(combination),
      setup.grid.groups[0],
      outputs.y.values[999],
    ]);
    expect(shown).toEqual([
      [32, 1, 32, 1],
      [32, 2, 32, 2],
      [64, 1, 16, 1],
      [64, 2, 16, 2],
    ]);
    expect(results.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(failures.map(({ index, combination }) => [index, combination.SIZE])).toEqual([
      [4, 4096],
      [5, 4096],
    ]);
    for (const { error } of failures) expect(error.message).toMatch(/^the pipeline: .*4096/);
    expect(fastest.timing.median).toBe(Math.min(...results.map(({ timing }) => timing.median)));
  });

  it('in which nothing can run is refused with the reason of the first', async () => {
    const sweep = { SIZE: [4096, 8192] };
    await expect(benchKernel(held.gpu, double, { ...quick, sweep })).rejects.toThrow(/^the pipeline: .*4096/);
  });
});

describe('the shaders of this repository', () => {
  it('reduce_parallel.wgsl sums rows as JavaScript does', async () => {
    const source = await readShader('shaders/reduce_parallel.wgsl');
    expect(source.files).toContain('shaders/snippets/index.wgsl');
    const result = await run(source, {
      bind: { out: { shape: [5] }, x: { shape: [5, 100], fill: 'arange' } },
      groups: 5,
      uniform: {
        params: {
          outputs: 5,
          rank: 1,
          outer: 1,
          inner: 100,
          inner_step: 1,
          last_part: 5,
          scale: 0.5,
          lengths: 5,
          steps: 100,
        },
      },
    });
    const sums = Array.from({ length: 5 }, (_, row) => 0.5 * (100 * 100 * row + 4950));
    expect(outputOf(result)).toEqual(sums);
    expect(findingsOf(result)).toEqual([]);
  });
});
