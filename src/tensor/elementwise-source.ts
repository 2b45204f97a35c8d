import type { Kernel } from '../../runtime/kernel';
import { kernelFamily } from '../../runtime/kernel-family';
import { fillRegions } from '../../runtime/wgsl/regions';
import { constant, LANES_OF_VEC4, range, storage } from '../../runtime/wgsl/write';
import flatSource from '../../shaders/elementwise.wgsl';
import broadcastSource from '../../shaders/elementwise_broadcast.wgsl';
import { computedAs, type DType } from './dtype';
import { importsFor } from './elementwise-imports';

/** How an operand lies: as the result, as one element for all of it, or as one for each channel of planes. */
export type OperandKind = 'full' | 'single' | 'channel';

/** The result as [..., channels, size]. */
export interface Plane {
  readonly channels: number;
  readonly size: number;
}

interface Parameter {
  readonly name: string;
  readonly dtype: DType;
}

/** One expression of a kernel. */
export interface Node {
  readonly wgsl: string;
  readonly dtype: DType;
  readonly parameters: readonly Parameter[];
  readonly scalars: readonly string[];
  /** What its parameters are: leaves `x0`, `x1`, … and values of earlier nodes `v0`, `v1`, … */
  readonly arguments: readonly string[];
}

/** A buffer that a kernel reads. */
export interface Leaf {
  readonly kind: OperandKind;
  readonly dtype: DType;
}

/** What tells one kernel over operands that lie like the result from another. */
export interface FlatForm {
  /** The last one is the result. */
  readonly nodes: readonly Node[];
  readonly leaves: readonly Leaf[];
  readonly dtype: DType;
  /** Whether the last node reads what was there as `old`. */
  readonly inPlace: boolean;
  /** Groups of four elements a thread. */
  readonly quads: number;
  /** Whether all elements of a thread lie in one plane. */
  readonly whole: boolean;
}

/**
 * How an operand steps along the last axis of a result whose elements are read and written in fours: by 1, so that its own lie in
 * fours, too, or not at all. `once`: it is the same for all rows.
 */
export interface Stride {
  readonly along: boolean;
  readonly once: boolean;
}

/** What tells one kernel over operands that are broadcast from another. */
export interface BroadcastForm {
  readonly wgsl: string;
  readonly dtype: DType;
  readonly inputs: readonly Parameter[];
  readonly scalars: readonly string[];
  readonly inPlace: boolean;
  /** Number of merged axes. */
  readonly axes: number;
  /** Of each input, where elements are read in fours. */
  readonly strides: readonly Stride[] | undefined;
  /** Rows a thread. */
  readonly each: number;
}

export const flatKernel = kernelFamily<FlatForm>((form) => {
  const { nodes, leaves, dtype, quads } = form;
  const scalars = nodes.flatMap((node, n) => node.scalars.map((name) => `${name}_${n}`));
  const source = fillRegions(flatSource, {
    imports: importsFor(nodes.map(({ wgsl }) => wgsl)),
    params: `${paramsStruct(['count', 'plane', 'channels'], scalars)}\n${constant('QUADS', quads)}`,
    bindings: [
      storage(1, 'read_write', 'out', `vec4<${dtype}>`),
      ...leaves.map((leaf, i) => {
        const element = computedAs(leaf.dtype); // f16 is read by another form of the kernel
        return storage(i + 2, 'read', `in_${i}`, leaf.kind === 'channel' ? element : `vec4<${element}>`);
      }),
    ].join('\n'),
    apply: applyFunctions(form),
    body: flatBody(form),
  });
  const name = `elementwise(${nodes.map(({ wgsl }) => wgsl).join('; ')})`;
  return { name, source: dtype === 'f16' ? `enable f16;\n${source}` : source };
});

export const broadcastKernel = kernelFamily<BroadcastForm>((form): Kernel => {
  const { wgsl, dtype, inputs, scalars, inPlace, axes, strides, each } = form;
  const outer = axes - 1;
  const steps = range(axes).flatMap((axis) => inputs.map(({ name }) => `${name}_${axis}`));
  const lengths = range(outer).map((axis) => `d${axis}`);
  const words = paramsStruct(
    ['rows', 'last', ...lengths, ...steps],
    scalars.map((name) => `${name}_0`),
  );
  const binding = ({ name, dtype }: Parameter, i: number) => {
    const element = computedAs(dtype);
    return storage(i + 2, 'read', `in_${name}`, strides?.[i].along ? `vec4<${element}>` : element);
  };
  const source = fillRegions(broadcastSource, {
    imports: importsFor([wgsl]),
    params: `${words}\n${constant('EACH', each)}`,
    bindings: [
      storage(1, 'read_write', 'out', strides ? `vec4<${dtype}>` : dtype),
      ...inputs.map(binding),
    ].join('\n'),
    apply: applyFunction('apply', { wgsl, dtype, parameters: withOld(inputs, dtype, inPlace), scalars }, 0),
    offsets: rowOffsets(form).join('\n'),
    ...(strides
      ? { once: readInFours(form, strides, true).join('\n'), body: bodyInFours(form, strides).join('\n') }
      : { body: bodyOneByOne(form) }),
  });
  return { name: `elementwise(${wgsl})`, source: dtype === 'f16' ? `enable f16;\n${source}` : source };
});

/** Lines that find where each input's row begins. */
function rowOffsets({ inputs, axes }: BroadcastForm): string[] {
  const outer = axes - 1;
  const lines = ['var rest = row;'];
  for (let axis = outer - 1; axis >= 0; axis--)
    lines.push(
      axis === 0 ? 'let i0 = rest;' : `let i${axis} = rest % params.d${axis}; rest = rest / params.d${axis};`,
    );
  for (const { name } of inputs) {
    const terms = range(outer).map((axis) => `i${axis} * params.${name}_${axis}`);
    lines.push(`let ${name}_row = ${terms.length > 0 ? terms.join(' + ') : '0u'};`);
  }
  return lines;
}

function bodyOneByOne({ dtype, inputs, inPlace, axes }: BroadcastForm): string {
  const values = inputs.map(({ name }) => `in_${name}[${name}_row + j * params.${name}_${axes - 1}]`);
  if (inPlace) values.push(`${computedAs(dtype)}(out[row * params.last + j])`);
  return `for (var j = 4u * chunk; j < min(4u * chunk + 4u, params.last); j++) {
  out[row * params.last + j] = ${dtype}(apply(${values.join(', ')}));
}`;
}

/** Lines that read the inputs that are the same for all rows, or the others. */
const readInFours = ({ inputs }: BroadcastForm, strides: readonly Stride[], once: boolean): string[] =>
  inputs.flatMap(({ name }, i) => {
    const { along, once: isSame } = strides[i];
    if (isSame !== once) return [];
    const at = [...(once ? [] : [`${name}_row`]), ...(along ? ['chunk'] : [])].join(' + ') || '0u';
    return [`let ${name}_read = in_${name}[${at}];`];
  });

function bodyInFours(form: BroadcastForm, strides: readonly Stride[]): string[] {
  const { dtype, inputs, inPlace } = form;
  const four = LANES_OF_VEC4.map((lane) => {
    const values = inputs.map(({ name }, i) => `${name}_read${strides[i].along ? `.${lane}` : ''}`);
    return `apply(${[...values, ...(inPlace ? [`old.${lane}`] : [])].join(', ')})`;
  }).join(', ');
  const computed = `vec4<${computedAs(dtype)}>`;
  return [
    ...readInFours(form, strides, false),
    'let at = row * chunks + chunk;',
    ...(inPlace ? [`let old = ${computed}(out[at]);`] : []),
    `out[at] = ${dtype === 'f16' ? `vec4<f16>(${computed}(${four}))` : `${computed}(${four})`};`,
  ];
}

/** Words, then the scalars, each under its name and the number of its node. */
function paramsStruct(words: readonly string[], scalars: readonly string[]): string {
  const members = [...words.map((name) => `${name}: u32`), ...scalars.map((name) => `${name}: f32`)];
  return `struct Params { ${members.join(', ')} }`;
}

const withOld = (parameters: readonly Parameter[], dtype: DType, inPlace: boolean): readonly Parameter[] =>
  inPlace ? [...parameters, { name: 'old', dtype }] : parameters;

function applyFunction(
  name: string,
  { wgsl, dtype, parameters, scalars }: Omit<Node, 'arguments'>,
  node: number,
): string {
  const declared = parameters.map(({ name, dtype }) => `${name}: ${computedAs(dtype)}`).join(', ');
  const constants = scalars.map((scalar) => `  let ${scalar} = params.${scalar}_${node};\n`).join('');
  return `fn ${name}(${declared}) -> ${computedAs(dtype)} {\n${constants}  return ${wgsl};\n}`;
}

/** A function a node, and `apply`, which calls them in order. */
function applyFunctions({ nodes, leaves, dtype, inPlace }: FlatForm): string {
  const last = nodes.length - 1;
  const functions = nodes.map((node, n) => {
    const parameters = withOld(node.parameters, dtype, inPlace && n === last);
    return applyFunction(`node${n}`, { ...node, parameters }, n);
  });
  const declared = withOld(
    leaves.map(({ dtype }, i) => ({ name: `x${i}`, dtype })),
    dtype,
    inPlace,
  );
  const calls = nodes.map((node, n) => {
    const given = inPlace && n === last ? [...node.arguments, 'old'] : node.arguments;
    return `  let v${n} = node${n}(${given.join(', ')});`;
  });
  const parameters = declared.map(({ name, dtype }) => `${name}: ${computedAs(dtype)}`).join(', ');
  return [
    ...functions,
    `fn apply(${parameters}) -> ${computedAs(dtype)} {`,
    ...calls,
    `  return v${last};`,
    '}',
  ].join('\n');
}

/** Loads all, then computes element by element. */
function flatBody({ leaves, dtype, inPlace, quads, whole }: FlatForm): string {
  const channelwise = leaves.some(({ kind }) => kind === 'channel');
  const body: string[] = [];
  if (channelwise && whole) body.push('  let c = 4u * i / params.plane % params.channels;');
  leaves.forEach(({ kind }, leaf) => {
    if (kind === 'single') body.push(`  let x${leaf} = in_${leaf}[0].x;`);
    if (kind === 'channel' && whole) body.push(`  let x${leaf} = in_${leaf}[c];`);
  });
  for (let quad = 0; quad < quads; quad++) {
    leaves.forEach(({ kind }, leaf) => {
      if (kind === 'full') body.push(`  let x${leaf}_${quad} = in_${leaf}[i + ${quad}u];`);
    });
    if (inPlace) body.push(`  let old_${quad} = vec4<${computedAs(dtype)}>(out[i + ${quad}u]);`);
  }
  for (let quad = 0; quad < quads; quad++) {
    const elements = LANES_OF_VEC4.map((lane, l) => {
      const own = `c_${quad}_${lane}`;
      if (channelwise && !whole)
        body.push(`  let ${own} = (4u * (i + ${quad}u) + ${l}u) / params.plane % params.channels;`);
      const values = leaves.map(({ kind }, leaf) => {
        if (kind === 'full') return `x${leaf}_${quad}.${lane}`;
        return kind === 'channel' && !whole ? `in_${leaf}[${own}]` : `x${leaf}`;
      });
      if (inPlace) values.push(`old_${quad}.${lane}`);
      return `apply(${values.join(', ')})`;
    });
    const four = `vec4<${computedAs(dtype)}>(${elements.join(', ')})`;
    body.push(`  out[i + ${quad}u] = ${dtype === 'f16' ? `vec4<f16>(${four})` : four};`);
  }
  return body.join('\n');
}
