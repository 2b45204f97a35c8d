import { evaluator, type Values } from '../../runtime/wgsl/expression';
import { bytesOf, layoutOf, type MemoryLayout, roundUp } from '../../runtime/wgsl/layout';
import { asksLength, type Binding, reachable, type WgslModule } from '../../runtime/wgsl/scan';
import { arrayIn, countOf, type FillName, filled, type HostArray, isFloat } from './array';
import { blockBytes, type SetScalar, setScalars } from './block';
import type { CheckedBuffer, CheckedOptions } from './check-options';
import { KernelError, orKernelError } from './errors';
import { entryOf, type Grid, gridOf } from './grid';

/** Elements of a buffer of which nothing is said: enough work to be timed, 1 MiB of f32. */
const DEFAULT_COUNT = 1 << 18;
/** WebGPU binds whole words. */
const WORD = 4;

/** A storage buffer as it is bound. */
export interface SetupBuffer {
  /** Its name in the shader. */
  readonly name: string;
  /** Its `@group`. */
  readonly group: number;
  /** Its `@binding`. */
  readonly binding: number;
  /** Whether the shader may write it. */
  readonly writable: boolean;
  /** What it holds at first. */
  readonly data: HostArray;
  /** What it was filled with, for people: 'randn', 'const:3', 'file:x.npy', 'given'. */
  readonly fill: string;
  /** Bytes that belong to it: the data, rounded up to whole elements of the shader's type. */
  readonly bytes: number;
  /** Bytes of an element of the shader's array, as in 16 for array<vec4<f32>>. */
  readonly stride: number;
  /** Whether more than these bytes can be bound, to see what the shader touches there. Not if it asks for the length. */
  readonly extends: boolean;
}

/** A uniform block as it is bound. */
export interface SetupBlock {
  /** Its name in the shader. */
  readonly name: string;
  /** Its `@group`. */
  readonly group: number;
  /** Its `@binding`. */
  readonly binding: number;
  /** Its numbers, in order. */
  readonly scalars: readonly SetScalar[];
  /** The same as they lie in memory. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** All that a dispatch of a kernel needs. */
export interface Setup {
  /** Name of the entry point. */
  readonly entry: string;
  /** Of the overrides that were given a value, as WebGPU knows them. */
  readonly constants: Readonly<Record<string, number>>;
  /** The storage buffers. */
  readonly buffers: readonly SetupBuffer[];
  /** The uniform blocks. */
  readonly blocks: readonly SetupBlock[];
  /** How many threads run. */
  readonly grid: Grid;
}

export interface SetupOptions
  extends Pick<CheckedOptions, 'entry' | 'bind' | 'uniform' | 'expect' | 'threads' | 'groups' | 'seed'> {
  /** The adapter's limits: workgroups in a dimension, bytes of a buffer. */
  readonly mostGroups: number;
  readonly mostBytes: number;
}

/**
 * Makes of a scanned module and the options what is to be run.
 * @param values of overrides and constants
 * @throws KernelError on whatever does not fit together
 */
export const setupOf = (module: WgslModule, values: Values, options: SetupOptions): Setup =>
  orKernelError(() => readSetup(module, values, options));

function readSetup(module: WgslModule, values: Values, options: SetupOptions): Setup {
  const entry = entryOf(module, options.entry);
  const used = reachable(module, entry);
  const evaluateIn = evaluator(module, values);
  const bindings = [...module.bindings.values()].filter(({ name }) => used.has(name));
  checkNames(module, bindings, options);
  const sized = [...options.bind.values()].find(({ shape }) => shape)?.shape;
  const slotOf = ({ group, binding }: Binding) => ({
    group: evaluateIn(group),
    binding: evaluateIn(binding),
  });

  const buffers = bindings
    .filter(({ space }) => space === 'storage')
    .map((binding): SetupBuffer => {
      const layout = layoutOf(binding.type, module, evaluateIn);
      const slot = slotOf(binding);
      const spec = options.bind.get(binding.name) ?? {};
      const given = dataOf(binding, layout, spec, sized, slot.binding, options);
      return {
        ...slot,
        ...given,
        ...sizesOf(binding, layout, given.data),
        name: binding.name,
        writable: binding.writable,
        extends: layout.elements !== undefined && !asksLength(module, used, binding.name),
      };
    });
  const blocks = bindings
    .filter(({ space }) => space === 'uniform')
    .map((binding): SetupBlock => {
      const layout = layoutOf(binding.type, module, evaluateIn);
      const scalars = setScalars(binding.name, layout, options.uniform);
      return { name: binding.name, ...slotOf(binding), scalars, bytes: blockBytes(layout, scalars) };
    });
  const first = buffers.find(({ writable }) => writable);
  if (!first) throw new KernelError(`entry point ${entry} writes no buffer, so it has no result`);
  const elements = first.bytes / first.stride;
  return {
    entry,
    buffers,
    blocks,
    constants: constantsOf(module, values, used),
    grid: gridOf(module, entry, values, options, elements, options.mostGroups),
  };
}

function checkNames(
  module: WgslModule,
  bindings: readonly Binding[],
  { bind, uniform, expect }: SetupOptions,
): void {
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
    throw new KernelError((written) => `${written(option, name)}: ${name} ${reason}; ${list}`);
  };
  for (const name of bind.keys()) check('bind', name, 'storage');
  for (const { block } of uniform) check('uniform', block, 'uniform');
  for (const name of expect.keys()) check('expect', name, 'storage');
}

function dataOf(
  { name, writable }: Binding,
  layout: MemoryLayout,
  spec: CheckedBuffer,
  sized: readonly number[] | undefined,
  stream: number,
  { seed, mostBytes }: SetupOptions,
): Pick<SetupBuffer, 'data' | 'fill'> {
  const checkRoom = (bytes: number) => {
    if (bytes > mostBytes)
      throw new KernelError(`buffer ${name} needs ${bytes} bytes; this adapter binds at most ${mostBytes}`);
  };
  const type = spec.type ?? layout.elements?.scalar ?? layout.scalars[0]?.type ?? 'f32';
  const fill = spec.fill ?? defaultFill(writable, type);
  if (typeof fill === 'object') {
    const data = arrayIn(fill, spec, type, name);
    checkRoom(data.bytes.length);
    return { data, fill: fill.file === undefined ? 'given' : `file:${fill.file}` };
  }
  const natural = layout.elements ? undefined : [Math.ceil(layout.size / bytesOf(type))];
  const shape = spec.shape ?? natural ?? sized ?? [DEFAULT_COUNT];
  checkRoom(countOf(shape) * bytesOf(type));
  const data = filled(type, shape, fill, seed, stream);
  return { data, fill: typeof fill === 'number' ? `const:${fill}` : fill };
}

/** Outputs are cleared; inputs are random numbers, or indices in range where they are whole. */
const defaultFill = (writable: boolean, type: HostArray['type']): FillName =>
  writable ? 'zeros' : isFloat(type) ? 'randn' : 'arange';

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
      throw new KernelError(
        (option) => `override ${name} has no value of its own: ${option('set', name, '…')}`,
      );
  }
  return constants;
}
