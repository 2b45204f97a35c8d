import type { PooledBuffer } from '../../runtime/pooled-buffer';
import { currentTags, type Tags, underTags } from '../../runtime/tags';
import type { DType } from './dtype';
import { callsFurther } from './elementwise-imports';
import { flatKernel, type Leaf, type Node, type OperandKind, type Plane } from './elementwise-source';
import type { Gpu } from './gpu';
import type { RunOutput } from './kernels';
import { type Shape, sizeOf } from './shape';
import type { Recipe, Storage } from './storage';

/** What a tensor is made of; the tensor itself may be freed before it is read. */
export interface Stored {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly size: number;
  readonly storage: Storage;
}

/** A tensor by the name under which an expression reads it. */
export interface Operand {
  readonly name: string;
  readonly kind: OperandKind;
  readonly stored: Stored;
}

/** A WGSL expression over operands that lie like the result. */
export interface Expression {
  readonly wgsl: string;
  readonly operands: readonly Operand[];
  readonly scalars: Readonly<Record<string, number>>;
  readonly shape: Shape;
  readonly dtype: DType;
  /** How the operands of kind 'channel' lie, if there are any. */
  readonly plane?: Plane;
}

/** Expressions computed by one kernel, and the numbers they read: the uniform block is small. */
const MOST_NODES = 8;
const MOST_SCALARS = 24;
/** Buffers that one kernel reads; browsers guarantee eight with the one it writes. */
const MOST_LEAVES = 12;

/** What one kernel computes: nodes in order, each of leaves and of nodes before it. */
interface Chain {
  readonly nodes: readonly { readonly expression: Expression; readonly arguments: readonly string[] }[];
  readonly leaves: readonly Operand[];
  readonly plane: Plane | undefined;
}

/** An elementwise expression that waits to be read, and is then computed in one kernel with those it is made of. */
export class Deferred implements Recipe {
  readonly sources: ReadonlySet<Storage>;
  private readonly tags: Tags = currentTags();

  constructor(
    private readonly gpu: Gpu,
    readonly expression: Expression,
  ) {
    this.sources = new Set(expression.operands.map(({ stored }) => stored.storage));
    const parts = expression.operands.filter(partOf);
    if (parts.length > 0 && !this.fits()) for (const source of this.sources) void source.pooled;
    for (const { stored } of parts) stored.storage.isPart = true;
  }

  compute(): PooledBuffer {
    const { shape, dtype } = this.expression;
    const buffer = this.gpu.bufferFor(shape, dtype);
    try {
      underTags(this.tags, () =>
        run(this.gpu, chainOf(this.expression), { shape, dtype, size: sizeOf(shape), changed: () => buffer }),
      );
    } catch (error) {
      this.gpu.runtime.pool.release(buffer);
      throw error;
    }
    return buffer;
  }

  /** Whether one kernel can compute it with all of its parts. */
  private fits(): boolean {
    const { nodes, leaves, plane } = chainOf(this.expression);
    const scalars = nodes.reduce((sum, { expression }) => sum + Object.keys(expression.scalars).length, 0);
    const room = Math.min(MOST_LEAVES, this.gpu.runtime.device.limits.maxStorageBuffersPerShaderStage - 1);
    return (
      leaves.length <= room &&
      nodes.length <= MOST_NODES &&
      scalars <= MOST_SCALARS &&
      nodes.every(({ expression }) => !expression.plane || samePlane(expression.plane, plane))
    );
  }
}

/**
 * The expression of an operand that is not computed yet and lies like the result. An operand of f16 is no such part: it
 * has to be rounded, and compilers leave out a rounding that is undone at once.
 */
function partOf({ kind, stored }: Operand): Expression | undefined {
  const { recipe } = stored.storage;
  const isPart = kind === 'full' && stored.dtype !== 'f16' && recipe instanceof Deferred;
  return isPart ? recipe.expression : undefined;
}

const samePlane = (a: Plane, b: Plane | undefined): boolean =>
  b !== undefined && a.channels === b.channels && a.size === b.size;

function chainOf(root: Expression): Chain {
  const nodes: { expression: Expression; arguments: string[] }[] = [];
  const leaves: Operand[] = [];
  const known = new Map<Storage, string>();
  let plane: Plane | undefined;
  const leaf = (operand: Operand): string => {
    leaves.push(operand);
    return `x${leaves.length - 1}`;
  };
  const visit = (expression: Expression): string => {
    plane ??= expression.plane;
    const args = expression.operands.map((operand) => {
      const { storage } = operand.stored;
      const part = partOf(operand);
      const name = known.get(storage) ?? (part ? visit(part) : leaf(operand));
      known.set(storage, name);
      return name;
    });
    nodes.push({ expression, arguments: args });
    return `v${nodes.length - 1}`;
  };
  visit(root);
  return { nodes, leaves, plane };
}

/** Computes an expression into a tensor that exists. The expression may read its elements as `old`. */
export function computeInto(gpu: Gpu, expression: Expression, into: RunOutput): void {
  for (const { stored } of expression.operands) void stored.storage.pooled; // what they are made of may read `into`
  run(gpu, chainOf(expression), into, true);
}

function run(gpu: Gpu, { nodes, leaves, plane }: Chain, into: RunOutput, inPlace = false): void {
  const isLong = nodes.some(({ expression }) => callsFurther(expression.wgsl));
  const quads = isLong ? 1 : quadsFor(gpu, plane);
  const kernel = flatKernel({
    nodes: nodes.map(
      ({ expression: { wgsl, operands, scalars, dtype }, arguments: args }): Node => ({
        wgsl,
        dtype,
        parameters: operands.map(({ name, stored }) => ({ name, dtype: stored.dtype })),
        scalars: Object.keys(scalars),
        arguments: args,
      }),
    ),
    leaves: leaves.map(({ kind, stored: { dtype } }): Leaf => ({ kind, dtype })),
    dtype: into.dtype,
    inPlace,
    quads,
    whole: plane !== undefined && plane.size % (4 * quads) === 0,
  });
  const scalars: Record<string, number> = {};
  for (const [n, { expression }] of nodes.entries())
    for (const name in expression.scalars) scalars[`${name}_${n}`] = expression.scalars[name];
  gpu.kernels.run(kernel, {
    outputs: [into],
    inputs: leaves.map(({ stored: { storage, ...rest } }) => ({ ...rest, buffer: storage.pooled })),
    uniforms: {
      count: into.size,
      plane: plane?.size ?? 1,
      channels: plane?.channels ?? 1,
      ...scalars,
    },
    groups: Math.ceil(into.size / (4 * quads) / 64),
  });
}

/** Groups of four elements a thread. Software adapters pay for each load, GPUs for addresses that are not neighbours. */
function quadsFor(gpu: Gpu, plane: Plane | undefined): number {
  if (!gpu.adapter.software) return 1;
  return [4, 2].find((quads) => !plane || plane.size % (4 * quads) === 0) ?? 1;
}
