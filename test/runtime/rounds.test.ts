import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { nodeHost } from '../../runtime/host.node';
import type { Dispatch } from '../../runtime/kernel';
import { roundsOnCores } from '../../runtime/rounds.node';
import { expandAllImports } from '../../runtime/wgsl/all-imports';
import { paramsOf } from '../../runtime/wgsl/params';
import { inRounds } from '../../runtime/wgsl/rounds';
import { backward } from '../../src/autograd/backward';
import { openOn } from '../../src/open';
import { fillSpecs, makeTensor } from '../../src/ops/sample';
import { mul } from '../../src/ops/table';
import { Adam } from '../../src/optim/adam';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { table } from '../ops/table';
import { useGpu } from '../use-gpu';

const held = useGpu();

const KERNEL = `// Params are told apart from this
struct Params { count: u32, scale: f32, }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.x + group.y * groups.x) * 8u + local;
  if (i >= params.count) { return; }
  out[i] = params.scale * f32(i) + 1000.0 * f32(groups.x);
}`;

describe('a kernel in rounds', () => {
  test('has a member of its own behind the others', () => {
    const params = paramsOf(inRounds(KERNEL) ?? '');
    expect(params.members.map(({ name }) => name)).toEqual(['count', 'scale', 'taskgrad_rounds']);
    const own = roundsOnCores(1).own(params);
    expect(own.members.map(({ name }) => name)).toEqual(['count', 'scale']);
    const without = paramsOf(KERNEL);
    expect(roundsOnCores(1).own(without)).toBe(without);
  });

  test.each([
    ['that waits for others', ['out[i] =', 'workgroupBarrier(); out[i] =']],
    ['with memory of a workgroup', ['@compute', 'var<workgroup> sums: array<f32, 8>; @compute']],
    ['whose threads hand numbers round', ['f32(i) +', 'subgroupShuffle(f32(i), 1u) +']],
    ['that reads a texture', ['@compute', 'var<private> a: texture_2d<f32>; @compute']],
    [
      'that keeps numbers',
      ['let i =', 'kept[0] += 1.0; let i =', '@compute', 'var<private> kept: array<f32, 2>; @compute'],
    ],
    [
      'that sets a number',
      ['let i =', 'kept += 1.0; let i =', '@compute', 'var<private> kept: f32; @compute'],
    ],
    ['that makes uniforms', ['let i =', 'let other = Params(1u, 1.0); let i =']],
    [
      'that asks for another place',
      ['local_invocation_index) local: u32', 'global_invocation_id) global: vec3<u32>'],
    ],
    ['with a loop of any length', ['let i =', 'for (var j = 0u; j < params.count; j++) {} let i =']],
    ['without uniforms', ['@group(0) @binding(0) var<uniform> params: Params;', 'const params = 1;']],
    ['without an entry', ['fn main', 'fn other']],
    ['whose block is full', ['scale: f32,', 'scale: f32, @size(244) rest: f32,']],
  ])('is not made of one %s', (_, changes) => {
    let code = KERNEL;
    for (let i = 0; i < changes.length; i += 2) {
      expect(code).toContain(changes[i]);
      code = code.replace(changes[i], changes[i + 1]);
    }
    expect(inRounds(code)).toBeUndefined();
  });

  test('may have a short loop', () => {
    const loop = 'for (var j = 0u; j < 2u * MOST; j++) {} let i =';
    expect(inRounds(`const MOST = 3u;\n${KERNEL.replace('let i =', loop)}`)).toContain('fn taskgrad_round(');
  });

  test('may have a variable of a thread that nobody sets', () => {
    const code = KERNEL.replace('@compute', 'var<private> none: u32;\n@compute').replace(
      'local;',
      'local + (1u | none) - 1u;',
    );
    expect(inRounds(code)).toContain('fn taskgrad_round(');
  });

  test.each([
    [31, 1, 1],
    [32, 1, 2],
    [65, 2, 2],
    [100, 1, 6],
    [100_000, 2, 8],
  ])('of %i workgroups on %i cores makes %i rounds in each', (groups, cores, each) => {
    const rounds = roundsOnCores(cores);
    const dispatch = { groups, uniforms: { count: 5, scale: 2 } } as unknown as Dispatch;
    expect(rounds.share(paramsOf(inRounds(KERNEL) ?? ''), dispatch)).toEqual({
      groups: Math.ceil(groups / each),
      uniforms: { count: 5, scale: 2, taskgrad_rounds: [each, groups] },
    });
    const { uniforms } = dispatch;
    expect(rounds.share(paramsOf(KERNEL), dispatch)).toEqual({ groups, uniforms });
  });

  test.each(readdirSync('shaders').filter((file) => file.endsWith('.wgsl')))(
    'is valid WGSL: %s',
    async (file) => {
      const rounds = inRounds(expandAllImports(readFileSync(`shaders/${file}`, 'utf8')));
      if (rounds === undefined) return;
      const { device } = held.gpu.runtime;
      device.pushErrorScope('validation');
      const { messages } = await device.createShaderModule({ code: rounds }).getCompilationInfo();
      await device.popErrorScope();
      expect(messages.map(({ lineNum, message }) => `${lineNum}: ${message}`)).toEqual([]);
    },
  );
});

describe('in three rounds a workgroup', () => {
  const THREE = 3;
  let three: Gpu;
  beforeAll(async () => {
    const { own, of, share } = roundsOnCores(1);
    three = await openOn({
      find: async (choice, index) => ({
        ...(await nodeHost.find(choice, index)),
        rounds: {
          own,
          of,
          share: (params, dispatch) => {
            const { groups, uniforms } = share(params, dispatch);
            if (!('taskgrad_rounds' in uniforms)) return { groups, uniforms };
            const taskgrad_rounds = [THREE, dispatch.groups];
            return { groups: Math.ceil(dispatch.groups / THREE), uniforms: { ...uniforms, taskgrad_rounds } };
          },
        },
      }),
    })();
    return () => three.dispose();
  });

  test.each([1, 3, 4, 11])('%i workgroups see their places and their number', async (groups) => {
    const out = three.zeros([100]);
    const uniforms = { count: 8 * groups - 1, scale: 0.5 };
    three.kernels.run({ name: 'told', source: KERNEL }, { outputs: [out], inputs: [], uniforms, groups });
    const expected = Array.from({ length: 100 }, (_, i) => (i < uniforms.count ? i / 2 + 1000 * groups : 0));
    expect([...(await out.data())]).toEqual(expected);
  });

  test('a kernel is checked against its own struct', () => {
    const run = { outputs: [three.zeros([1])], inputs: [], uniforms: { scale: 1 }, groups: 1 };
    expect(() => three.kernels.run({ name: 'told', source: KERNEL }, run)).toThrow(
      'the uniforms are scale, the struct of the shader has count, scale, in this order',
    );
  });

  test('steps of Adam, captured and replayed, are those of any other workgroups', async () => {
    const steps = async (gpu: Gpu) => {
      const w = gpu.tensor(draws(3000), [3000], { requiresGrad: true });
      const adam = new Adam(new Map([['w', w]]), { lr: 0.1 });
      using step = gpu.capture(() => {
        backward(mul(w, w), gpu.ones([3000]));
        adam.step();
        adam.zeroGrad();
      });
      for (let i = 0; i < 3; i++) step.replay();
      return w.data();
    };
    expect(await steps(three)).toEqual(await steps(held.gpu));
  });

  test.each(table)('%s and its gradients have the same bits', async (_, op) => {
    const [{ args }] = op.record.samples();
    expect(await bitsOf(three, op, args)).toEqual(await bitsOf(held.gpu, op, args));
  });
});

function draws(count: number) {
  const random = new Random(1);
  return Float32Array.from({ length: count }, () => random.normal());
}

/** What an op and its gradients give. */
async function bitsOf(gpu: Gpu, op: (typeof table)[number][1], args: never): Promise<Uint32Array[]> {
  gpu.manualSeed(7);
  const inputs: Tensor[] = [];
  const filled = fillSpecs(args, (spec) => {
    inputs.push(makeTensor(gpu, spec, new Random(1)));
    return inputs[inputs.length - 1];
  });
  const output = op(...(filled as never)) as Tensor;
  if (output.requiresGrad) backward(output, gpu.ones(output.shape));
  const results = [output, ...inputs.flatMap(({ grad }) => grad ?? [])];
  return Promise.all(results.map(async (result) => bits(await result.data())));
}

const bits = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint32Array =>
  new Uint32Array(buffer.slice(byteOffset, byteOffset + byteLength));
