import { f32, fillTemplate, type Kernel, type UniformValue } from '../../runtime/kernel';
import flatSource from '../../shaders/elementwise.wgsl';
import broadcastSource from '../../shaders/elementwise_broadcast.wgsl';
import { checkWords, type DType } from './dtype';
import type { Gpu } from './gpu';
import { broadcastShapes, broadcastStrides, collapseAxes, type Shape, sameShape, sizeOf } from './shape';
import type { Tensor } from './tensor';

/** Operands by the name under which the expression reads them. */
export type Operands = Readonly<Record<string, Tensor>>;

export interface ElementwiseOptions {
  /** Numbers the expression reads by name. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** Shape of the result; default: the operands' shapes broadcast together. */
  readonly shape?: Shape;
  /** Element type of the result; default f32. */
  readonly dtype?: DType;
  /** Writes in place; the expression reads the element's old value as `old`. */
  readonly into?: Tensor;
}

/** What tells one generated kernel from another. */
interface Signature {
  readonly expression: string;
  readonly inputs: readonly { name: string; dtype: DType; single: boolean }[];
  readonly scalars: readonly string[];
  readonly dtype: DType;
  readonly inPlace: boolean;
  /** Number of merged axes, 0 for operands of one shape. */
  readonly axes: number;
  /** Groups of four elements a thread, for operands of one shape. */
  readonly quads: number;
}

/** Software adapters pay for each load instruction, GPUs for addresses that are not neighbours. */
const QUADS = { software: 4, gpu: 1 };

const kernels = new Map<string, Kernel>();

/** Computes a WGSL expression of scalars over broadcast operands into a new tensor, or into `options.into`. */
export function elementwise(
  gpu: Gpu,
  expression: string,
  operands: Operands,
  options: ElementwiseOptions,
): Tensor {
  const { into } = options;
  // An operand that the expression does not read still takes part in the shape of the result.
  const read = Object.entries(operands).filter(([name]) => new RegExp(`\\b${name}\\b`).test(expression));
  const tensors = read.map(([, tensor]) => tensor);
  const shape =
    into?.shape ??
    options.shape ??
    broadcastShapes('elementwise', ...Object.values(operands).map((tensor) => tensor.shape));
  const out = into ?? gpu.empty(shape, { dtype: options.dtype });
  checkWords('elementwise', out, ...tensors);
  const count = sizeOf(shape);
  if (count === 0) return out;
  const flat = tensors.every((tensor) => tensor.size === 1 || sameShape(tensor.shape, shape));
  const axes = flat
    ? []
    : collapseAxes(
        shape,
        tensors.map((tensor) => broadcastStrides(tensor.shape, shape)),
      );
  const scalars = options.scalars ?? {};
  const quads = QUADS[gpu.adapter.software ? 'software' : 'gpu'];
  const kernel = kernelFor({
    expression,
    inputs: read.map(([name, { dtype, size }]) => ({
      name,
      dtype,
      single: flat && size === 1,
    })),
    scalars: Object.keys(scalars),
    dtype: out.dtype,
    inPlace: into !== undefined,
    axes: axes.length,
    quads,
  });
  const last = axes.at(-1)?.length ?? 1;
  const threads = flat ? Math.ceil(count / (4 * quads)) : (count / last) * Math.ceil(last / 4);
  const walk: UniformValue[] = flat
    ? [count]
    : [
        count / last,
        last,
        ...axes.slice(0, -1).map(({ length }) => length),
        ...axes.flatMap(({ steps }) => steps),
      ];
  gpu.kernels.run(kernel, {
    outputs: [out],
    inputs: tensors,
    uniforms: [...walk, ...Object.values(scalars).map(f32)],
    groups: Math.ceil(threads / 64),
  });
  return out;
}

function kernelFor(signature: Signature): Kernel {
  const key = JSON.stringify(signature);
  const known = kernels.get(key);
  if (known) return known;
  const source = signature.axes === 0 ? flatKernel(signature) : broadcastKernel(signature);
  const made = { name: `elementwise(${signature.expression})`, source };
  kernels.set(key, made);
  return made;
}

function applyFunction({ expression, inputs, scalars, dtype, inPlace }: Signature): string {
  const parameters = inputs.map(({ name, dtype }) => `${name}: ${dtype}`);
  if (inPlace) parameters.push(`old: ${dtype}`);
  const constants = scalars.map((name) => `  let ${name} = params.${name};\n`).join('');
  return `fn apply(${parameters.join(', ')}) -> ${dtype} {\n${constants}  return ${expression};\n}`;
}

function bindings({ inputs, dtype }: Signature, element: (dtype: DType) => string): string {
  const declare = (binding: number, access: string, name: string, type: string) =>
    `@group(0) @binding(${binding}) var<storage, ${access}> ${name}: array<${type}>;`;
  return [
    declare(1, 'read_write', 'out', element(dtype)),
    ...inputs.map((input, i) => declare(i + 2, 'read', `in_${input.name}`, element(input.dtype))),
  ].join('\n');
}

function paramsStruct(words: readonly string[], scalars: readonly string[]): string {
  const members = [...words.map((name) => `${name}: u32`), ...scalars.map((name) => `${name}: f32`)];
  return `struct Params { ${members.join(', ')} }`;
}

function flatKernel(signature: Signature): string {
  const { inputs, scalars, dtype, inPlace, quads } = signature;
  const constants = inputs.filter(({ single }) => single);
  const loaded = inputs.filter(({ single }) => !single);
  const body = constants.map(({ name, dtype }) => `  let ${name} = vec4<${dtype}>(in_${name}[0].x);`);
  for (let quad = 0; quad < quads; quad++) {
    body.push(...loaded.map(({ name }) => `  let ${name}${quad} = in_${name}[i + ${quad}u];`));
    if (inPlace) body.push(`  let old${quad} = out[i + ${quad}u];`);
  }
  for (let quad = 0; quad < quads; quad++) {
    const names = inputs.map(({ name, single }) => (single ? name : `${name}${quad}`));
    if (inPlace) names.push(`old${quad}`);
    const lanes = ['x', 'y', 'z', 'w'].map(
      (lane) => `apply(${names.map((name) => `${name}.${lane}`).join(', ')})`,
    );
    body.push(`  out[i + ${quad}u] = vec4<${dtype}>(${lanes.join(', ')});`);
  }
  return fillTemplate(flatSource, {
    params: `${paramsStruct(['count'], scalars)}\nconst QUADS = ${quads}u;`,
    bindings: bindings(signature, (dtype) => `vec4<${dtype}>`),
    apply: applyFunction(signature),
    body: body.join('\n'),
  });
}

function broadcastKernel(signature: Signature): string {
  const { inputs, scalars, inPlace, axes } = signature;
  const outer = axes - 1;
  const axisNumbers = Array.from({ length: axes }, (_, axis) => axis);
  const steps = axisNumbers.flatMap((axis) => inputs.map(({ name }) => `${name}_${axis}`));
  const lengths = Array.from({ length: outer }, (_, axis) => `d${axis}`);
  const offsets = ['  var rest = row;'];
  for (let axis = outer - 1; axis >= 0; axis--) {
    offsets.push(
      axis === 0
        ? '  let i0 = rest;'
        : `  let i${axis} = rest % params.d${axis}; rest = rest / params.d${axis};`,
    );
  }
  for (const { name } of inputs) {
    const terms = Array.from({ length: outer }, (_, axis) => `i${axis} * params.${name}_${axis}`);
    offsets.push(`  let ${name}_row = ${terms.length > 0 ? terms.join(' + ') : '0u'};`);
  }
  const values = inputs.map(({ name }) => `in_${name}[${name}_row + j * params.${name}_${outer}]`);
  if (inPlace) values.push('out[row * params.last + j]');
  return fillTemplate(broadcastSource, {
    params: paramsStruct(['rows', 'last', ...lengths, ...steps], scalars),
    bindings: bindings(signature, (dtype) => dtype),
    apply: applyFunction(signature),
    offsets: offsets.join('\n'),
    body: `    out[row * params.last + j] = apply(${values.join(', ')});`,
  });
}
