import type { Constants, Uniforms } from '../../runtime/kernel';
import { kernelFamily } from '../../runtime/kernel-family';
import { tagged } from '../../runtime/tags';
import { fillRegions } from '../../runtime/wgsl/regions';
import { f32Element, range, storage } from '../../runtime/wgsl/write';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';

/** A parameter and its moments, in the order of the shader's `State`, and its gradient. */
export interface Update {
  readonly name: string;
  /** Undefined where a moment is not kept: it is 0 before each step. All updates of a launch keep the same ones. */
  readonly state: readonly (Tensor | undefined)[];
  readonly grad: Tensor;
}

/** Elements that a workgroup updates. */
const PER_GROUP = 256;
/** Tensors of one launch, where the adapter binds as many. */
const MOST_TENSORS = 8;
/** Bindings of one launch on lavapipe: LLVM compiles Adam for two tensors in 0.5 s, for four in 1.1 s, and a step takes as long. */
const MOST_BINDINGS = 8;

/**
 * Cuts a list into launches, as few as the adapter's bindings allow. SwiftShader gets one for each: it computes all sides of
 * each branch, the lines of every tensor for every other.
 * @param each bindings for each of the list
 * @param shared bindings beside them
 */
export function* launches<T>(
  gpu: Gpu,
  list: readonly T[],
  each: number,
  shared = 0,
): Generator<readonly T[]> {
  const { kind } = gpu.adapter;
  const { mostBuffers } = gpu.runtime;
  const bindings = Math.min(mostBuffers - shared, kind === 'lavapipe' ? MOST_BINDINGS : Infinity);
  const room = Math.max(1, Math.min(MOST_TENSORS, Math.floor(bindings / each)));
  const most = kind === 'swiftshader' ? 1 : room;
  for (let start = 0; start < list.length; start += most) yield list.slice(start, start + most);
}

/** Which workgroups of a launch belong to which tensor: `first_k` on to tensor k, which has `count_k` elements. */
export function placesOf(
  tensors: readonly { readonly size: number }[],
  perGroup: number,
): { readonly places: Readonly<Record<string, number>>; readonly groups: number } {
  let groups = 0;
  const places: Record<string, number> = {};
  for (const [k, { size }] of tensors.entries()) {
    places[`first_${k}`] = groups;
    places[`count_${k}`] = size;
    groups += Math.ceil(size / perGroup);
  }
  return { places, groups };
}

/** The members of a uniform struct that `placesOf` fills. */
export const placeMembers = (tensors: number): string =>
  range(tensors)
    .map((k) => `first_${k}: u32, count_${k}: u32`)
    .join(', ');

/** Lines that treat the tensor whose workgroup this is: from the last tensor down, each takes the groups from its first on. */
export const byTensor = (tensors: number, lines: (k: number) => readonly string[]): string[] =>
  range(tensors)
    .toReversed()
    .flatMap((k) =>
      k === 0 ? lines(k) : [`  if (group >= params.first_${k}) {`, ...lines(k), '    return;', '  }'],
    );

/**
 * An optimiser's kernel over several tensors. Its shader has structs `Settings` and `State`, a function `updated`, and
 * a region `tensors`, which is filled for as many tensors as a launch updates.
 * @param needed members of `State` that are always kept
 * @param optional its other members
 */
export function multiTensorKernel(
  name: string,
  source: string,
  needed: readonly string[],
  optional: readonly string[] = [],
) {
  const names = [...needed, ...optional];
  const kernel = kernelFamily(({ tensors, kept }: { tensors: number; kept: readonly string[] }) => ({
    name: [name, tensors, ...kept.slice(needed.length)].join('.'),
    source: fillRegions(source, { tensors: tensorsRegion(names, kept, tensors) }),
  }));

  /** Updates all tensors in as few launches as the adapter's bindings allow. */
  return (updates: readonly Update[], settings: Uniforms, constants?: Constants): void => {
    if (updates.length === 0) return;
    const [{ grad, state: sample }] = updates;
    const { gpu } = grad;
    const kept = names.filter((_, i) => sample[i]);
    for (const some of launches(gpu, updates, kept.length + 1)) {
      const grads = some.map(({ grad }) => grad);
      const { places, groups } = placesOf(grads, PER_GROUP);
      const [first, last] = [some[0].name, some[some.length - 1].name];
      tagged('update', { layer: first === last ? first : `${first} … ${last}` }, () =>
        gpu.kernels.run(kernel({ tensors: some.length, kept }), {
          outputs: some.flatMap(({ state }) => state.filter((tensor) => tensor !== undefined)),
          inputs: grads,
          uniforms: { settings, ...places },
          groups,
          constants,
        }),
      );
    }
  };
}

function tensorsRegion(names: readonly string[], kept: readonly string[], count: number): string {
  const tensors = range(count);
  const declare = (binding: number, access: 'read' | 'read_write', name: string) =>
    storage(binding, access, name, f32Element(true));
  const old = (k: number) =>
    names.map((name) => (kept.includes(name) ? `${name}_${k}[t]` : 'vec4<f32>()')).join(', ');
  const body = (k: number) => [
    `    let t = (group - params.first_${k}) * 64u + local;`,
    `    if (4u * t >= params.count_${k}) { return; }`,
    `    let new_${k} = updated(State(${old(k)}), gradient_${k}[t], params.settings);`,
    ...kept.map((name) => `    ${name}_${k}[t] = new_${k}.${name};`),
  ];
  return [
    `struct Params { settings: Settings, ${placeMembers(count)} }`,
    '@group(0) @binding(0) var<uniform> params: Params;',
    ...tensors.flatMap((k) =>
      kept.map((name, i) => declare(1 + k * kept.length + i, 'read_write', `${name}_${k}`)),
    ),
    ...tensors.map((k) => declare(1 + count * kept.length + k, 'read', `gradient_${k}`)),
    'fn update(group: u32, local: u32) {',
    ...byTensor(count, body),
    '}',
  ].join('\n');
}
