import type { Constants } from '../../runtime/kernel';
import { kernelFamily, type Uniforms } from '../../runtime/kernel';
import { tagged } from '../../runtime/tags';
import { fillRegions } from '../../runtime/wgsl/regions';
import { f32Element, range, storage } from '../../runtime/wgsl/write';
import type { Tensor } from '../tensor/tensor';

/** A parameter and its moments, in the order of the shader's `State`, and its gradient. */
export interface Update {
  readonly name: string;
  readonly state: readonly Tensor[];
  readonly grad: Tensor;
}

/** Elements that a workgroup updates. */
const PER_GROUP = 256;
/** Tensors of one launch, where the adapter binds as many. */
const MOST_TENSORS = 8;

/**
 * An optimiser's kernel over several tensors. Its shader has structs `Settings` and `State`, a function `updated`, and
 * a region `tensors`, which is filled for as many tensors as a launch updates.
 * @param names members of `State`
 */
export function multiTensorKernel(name: string, source: string, names: readonly string[]) {
  const kernel = kernelFamily(({ tensors }: { tensors: number }) => ({
    name: `${name}.${tensors}`,
    source: fillRegions(source, { tensors: tensorsRegion(names, tensors) }),
  }));

  /** Updates all tensors in as few launches as the adapter's bindings allow. */
  return (updates: readonly Update[], settings: Uniforms, constants?: Constants): void => {
    if (updates.length === 0) return;
    const { gpu } = updates[0].grad;
    const bindings = gpu.runtime.device.limits.maxStorageBuffersPerShaderStage;
    const most = Math.max(1, Math.min(MOST_TENSORS, Math.floor(bindings / (names.length + 1))));
    for (let start = 0; start < updates.length; start += most) {
      const some = updates.slice(start, start + most);
      let groups = 0;
      const places: Record<string, number> = {};
      for (const [k, { grad }] of some.entries()) {
        places[`first_${k}`] = groups;
        places[`count_${k}`] = grad.size;
        groups += Math.ceil(grad.size / PER_GROUP);
      }
      const [first, last] = [some[0].name, some[some.length - 1].name];
      tagged('update', { layer: first === last ? first : `${first} … ${last}` }, () =>
        gpu.kernels.run(kernel({ tensors: some.length }), {
          outputs: some.flatMap(({ state }) => state),
          inputs: some.map(({ grad }) => grad),
          uniforms: { settings, ...places },
          groups,
          constants,
        }),
      );
    }
  };
}

function tensorsRegion(names: readonly string[], count: number): string {
  const tensors = range(count);
  const declare = (binding: number, access: 'read' | 'read_write', name: string) =>
    storage(binding, access, name, f32Element(true));
  const body = (k: number) => [
    `    let t = (group - params.first_${k}) * 64u + local;`,
    `    if (4u * t >= params.count_${k}) { return; }`,
    `    let state = State(${names.map((name) => `${name}_${k}[t]`).join(', ')});`,
    `    let new_${k} = updated(state, gradient_${k}[t], params.settings);`,
    ...names.map((name) => `    ${name}_${k}[t] = new_${k}.${name};`),
  ];
  return [
    `struct Params { settings: Settings, ${tensors.map((k) => `first_${k}: u32, count_${k}: u32`).join(', ')} }`,
    '@group(0) @binding(0) var<uniform> params: Params;',
    ...tensors.flatMap((k) =>
      names.map((name, i) => declare(1 + k * names.length + i, 'read_write', `${name}_${k}`)),
    ),
    ...tensors.map((k) => declare(1 + count * names.length + k, 'read', `gradient_${k}`)),
    'fn update(group: u32, local: u32) {',
    // From the last tensor down, each takes the workgroups from its first on.
    ...tensors
      .toReversed()
      .flatMap((k) =>
        k === 0 ? body(k) : [`  if (group >= params.first_${k}) {`, ...body(k), '    return;', '  }'],
      ),
    '}',
  ].join('\n');
}
