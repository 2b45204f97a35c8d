import { test } from 'vitest';
import src from '../../shaders/fisher_distance.wgsl';
import sums from '../../shaders/fisher_sums.wgsl';
import red from '../../shaders/reduce_parallel.wgsl';
import { openGpu } from '../../src/node';
test('x', async () => {
  const gpu = await openGpu();
  const t = async (name: string, source: string, constants?: Record<string, number>, n=2, u: number[]=[10,10,10,0,0]) => {
    const a = gpu.zeros([64]); const b = gpu.zeros([64]);
    await a.data();
    const t0 = performance.now();
    gpu.kernels.run({ name, source }, { outputs: [a], inputs: n===2?[b,b]:[b], uniforms: u, groups: 1, constants });
    await a.data();
    console.log(name, performance.now() - t0);
  };
  await t('reduce', red, undefined, 1, [1,0,1,64, 0,1,0,0, ...Array(16).fill(0)]);
  await t('sums', sums, undefined, 1, [10,0]);
  await t('frechet', src, { LOG_DET: 0 });
  await t('logdet', src, { LOG_DET: 1 });
  await t('frechet-scalar', src.replaceAll('half > 0u; half = half / 2u', 'half > 16u; half = half / 2u'), { LOG_DET: 0 });
  await t('frechet-nosqrt', src.replaceAll('sqrt(s) - sqrt(t)', 's - t'), { LOG_DET: 0 });
  await t('frechet-split', src.replace('array<vec4<f32>, 64>', 'array<vec2<f32>, 128>').replace('parts[local] = total', 'parts[local] = total.xy; parts[local+64u]=total.zw').replace('parts[local] = combine(parts[local], parts[local + half])','let r = combine(vec4(parts[local],parts[local+64u]), vec4(parts[local + half],parts[local+64u+half])); parts[local]=r.xy; parts[local+64u]=r.zw').replace('= parts[0]','= vec4(parts[0],parts[64])'), { LOG_DET: 0 });
  gpu.dispose();
});
