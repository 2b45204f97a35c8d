import { evaluator, type Values } from '../../../runtime/wgsl/expression';
import { bytesOf, layoutOf, type MemoryLayout, roundUp } from '../../../runtime/wgsl/layout';
import { asksLength, type Binding, reachable, type WgslModule } from '../../../runtime/wgsl/scan';
import { countOf, filled, type HostArray } from './array';
import { blockBytes, type SetScalar, setScalars } from './block';
import { KernelError, orInBenchWords } from './errors';
import { entryOf, type Launch, type LaunchOptions, launchOf } from './launch';
import type { BindSpec, Fill, UniformSpec } from './spec';

/** Elements of a buffer of which nothing is said: enough work to be timed, 1 MiB of f32. */
const DEFAULT_COUNT = 1 << 18;
/** WebGPU binds whole words. */
const WORD = 4;

export interface PlannedBuffer {
  readonly name: string;
  readonly group: number;
  readonly binding: number;
  readonly writable: boolean;
  readonly data: HostArray;
  /** How it was filled, for people. */
  readonly source: string;
  /** Bytes that belong to it: the data, rounded up to whole elements of the shader's type. */
  readonly bytes: number;
  /** Bytes of an element of the shader's array, as in 16 for array<vec4<f32>>. */
  readonly stride: number;
  /** Whether the shader's bounds do not follow the bound range, so that more can be bound to see what it touches. */
  readonly extends: boolean;
}

export interface PlannedBlock {
  readonly name: string;
  readonly group: number;
  readonly binding: number;
  readonly scalars: readonly SetScalar[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** All that a run of a kernel needs. */
export interface Plan {
  readonly entry: string;
  readonly constants: Readonly<Record<string, number>>;
  readonly buffers: readonly PlannedBuffer[];
  readonly blocks: readonly PlannedBlock[];
  readonly launch: Launch;
}

export interface PlanOptions extends LaunchOptions {
  readonly entry?: string;
  readonly bind: readonly BindSpec[];
  readonly uniform: readonly UniformSpec[];
  readonly seed: number;
  /** Arrays of the files that --bind names, by path. */
  readonly files: ReadonlyMap<string, (spec: BindSpec, fallback: HostArray['type']) => HostArray>;
  /** The adapter's limits: workgroups in a dimension, bytes of a buffer. */
  readonly mostGroups: number;
  readonly mostBytes: number;
}

/**
 * Makes of a scanned module and the command line what is to be run.
 * @param values of overrides and constants
 * @throws KernelError on whatever does not fit together
 */
export const planOf = (module: WgslModule, values: Values, options: PlanOptions): Plan =>
  orInBenchWords(() => readPlan(module, values, options));

function readPlan(module: WgslModule, values: Values, options: PlanOptions): Plan {
  const entry = entryOf(module, options.entry);
  const used = reachable(module, entry);
  const evaluateIn = evaluator(module, values);
  const bindings = [...module.bindings.values()].filter(({ name }) => used.has(name));
  checkNames(module, bindings, options);
  const sized = options.bind.find(({ shape }) => shape)?.shape;
  const slotOf = ({ group, binding }: Binding) => ({
    group: evaluateIn(group),
    binding: evaluateIn(binding),
  });

  const buffers = bindings
    .filter(({ space }) => space === 'storage')
    .map((binding): PlannedBuffer => {
      const layout = layoutOf(binding.type, module, evaluateIn);
      const spec = options.bind.findLast(({ name }) => name === binding.name) ?? { name: binding.name };
      const slot = slotOf(binding);
      const { data, source } = dataOf(binding, layout, spec, sized, slot.binding, options);
      const extensible = layout.elements !== undefined && !asksLength(module, used, binding.name);
      return {
        ...{ name: binding.name, writable: binding.writable, ...slot, data, source, extends: extensible },
        ...sizesOf(binding, layout, data),
      };
    });
  const blocks = bindings
    .filter(({ space }) => space === 'uniform')
    .map((binding): PlannedBlock => {
      const layout = layoutOf(binding.type, module, evaluateIn);
      const scalars = setScalars(binding.name, layout, options.uniform);
      return { name: binding.name, ...slotOf(binding), scalars, bytes: blockBytes(layout, scalars) };
    });
  const first = buffers.find(({ writable }) => writable);
  if (!first) throw new KernelError(`entry point ${entry} writes no buffer, so it has no result`);
  const elements = first.bytes / first.stride;
  return {
    ...{ entry, buffers, blocks },
    constants: constantsOf(module, values, used),
    launch: launchOf(module, entry, values, options, elements, options.mostGroups),
  };
}

function checkNames(module: WgslModule, bindings: readonly Binding[], { bind, uniform }: PlanOptions): void {
  const texture = bindings.find(({ space }) => space === 'handle');
  if (texture)
    throw new KernelError(
      `${texture.name} is a ${texture.type}; the bench binds storage and uniform buffers`,
    );
  const check = (option: string, name: string, space: Binding['space']) => {
    const known = bindings.filter((binding) => binding.space === space).map((binding) => binding.name);
    if (known.includes(name)) return;
    const declared = module.bindings.get(name)?.space === space;
    const reason = declared
      ? 'is declared, but the entry point does not use it'
      : `is no ${space} buffer of the file`;
    const list = known.length > 0 ? `used are ${known.join(', ')}` : 'none is used';
    throw new KernelError(`${option} ${name}: ${name} ${reason}; ${list}`);
  };
  for (const { name } of bind) check('--bind', name, 'storage');
  for (const { block } of uniform) check('--uniform', block, 'uniform');
}

function dataOf(
  binding: Binding,
  layout: MemoryLayout,
  spec: BindSpec,
  sized: readonly number[] | undefined,
  stream: number,
  { seed, files, mostBytes }: PlanOptions,
): { data: HostArray; source: string } {
  const type = spec.type ?? layout.elements?.scalar ?? layout.scalars[0]?.type ?? 'f32';
  const natural = layout.elements ? undefined : [Math.ceil(layout.size / bytesOf(type))];
  const shape = spec.shape ?? natural ?? sized ?? [DEFAULT_COUNT];
  const bytes = countOf(shape) * bytesOf(type);
  if (bytes > mostBytes)
    throw new KernelError(
      `buffer ${binding.name} needs ${bytes} bytes; this adapter binds at most ${mostBytes}`,
    );
  const fill: Fill = spec.fill ?? { kind: defaultFill(binding.writable, type) };
  if (fill.kind !== 'file') {
    const source = fill.kind === 'const' ? `const:${fill.value}` : fill.kind;
    return { data: filled(type, shape, fill, seed, stream), source };
  }
  const read = files.get(fill.path);
  if (!read) throw new KernelError(`${fill.path} was not read`);
  return { data: read(spec, type), source: `file:${fill.path}` };
}

/** Outputs are cleared; inputs are random numbers, or indices in range where they are whole. */
const defaultFill = (writable: boolean, type: HostArray['type']) =>
  writable ? 'zeros' : type === 'f32' || type === 'f16' ? 'randn' : 'arange';

function sizesOf(binding: Binding, layout: MemoryLayout, data: HostArray): { bytes: number; stride: number } {
  const given = countOf(data.shape) * bytesOf(data.type);
  const { size, elements } = layout;
  if (!elements) {
    if (given > size || given < size - (WORD - 1))
      throw new KernelError(`${binding.name} is ${binding.type}, ${size} bytes, but ${given} are bound`);
    return { bytes: roundUp(size, WORD), stride: roundUp(size, WORD) };
  }
  if (given < size + elements.stride) {
    throw new KernelError(
      `${binding.name} is ${binding.type}, of at least ${size + elements.stride} bytes, but ${given} are bound`,
    );
  }
  const whole = size + roundUp(given - size, elements.stride);
  return { bytes: roundUp(whole, WORD), stride: elements.stride };
}

/** What WebGPU is told: the overrides that were set and that the entry point uses. */
function constantsOf(
  { overrides }: WgslModule,
  values: Values,
  used: ReadonlySet<string>,
): Record<string, number> {
  const constants: Record<string, number> = {};
  for (const { name, key, initial } of overrides.values()) {
    if (!used.has(name)) continue;
    const value = values.get(name);
    if (value !== undefined) constants[key] = value;
    else if (initial === undefined)
      throw new KernelError(`override ${name} has no value of its own: --set ${name}=…`);
  }
  return constants;
}
