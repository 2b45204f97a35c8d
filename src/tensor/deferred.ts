import type { Launch } from '../../runtime/kernel';
import type { PooledBuffer } from '../../runtime/pooled-buffer';
import { currentTags, type Tags, underTags } from '../../runtime/tags';
import { draftedBy } from './drafting';
import type { DType } from './dtype';
import { callsFurther } from './elementwise-imports';
import { flatKernel, type Leaf, type Node, type OperandKind, type Plane } from './elementwise-source';
import type { Gpu } from './gpu';
import { readingHalves } from './launch';
import { type Shape, sizeOf } from './shape';
import type { Recipe, Storage } from './storage';

/** An operand as an expression reads it. */
export interface Operand {
  readonly name: string;
  readonly kind: OperandKind;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly size: number;
}

/** A WGSL expression over operands that lie like the result, apart from what they hold. */
export interface Formula {
  readonly wgsl: string;
  readonly operands: readonly Operand[];
  readonly scalars: Readonly<Record<string, number>>;
  readonly shape: Shape;
  readonly dtype: DType;
  /** How the operands of kind 'channel' lie, if there are any. */
  readonly plane?: Plane;
  /** Whether it reads what was there before as `old`. */
  readonly inPlace: boolean;
  /** There if it will be computed again. */
  readonly recurs?: Recurrence;
}

/** What is known of a formula that is computed again and again. */
interface Recurrence {
  /** Its number among all of them. */
  readonly serial: number;
  /** Kernels of which it is the last, by what they put together. */
  readonly chains: Map<string, Chain>;
}

/** A formula and what its operands hold, in their order. */
export interface Expression {
  readonly formula: Formula;
  readonly sources: readonly Storage[];
}

/** Formulas computed by one kernel, and the numbers they read: the uniform block is small. */
const MOST_NODES = 8;
const MOST_SCALARS = 24;
/** Buffers that one kernel reads; browsers guarantee eight with the one it writes. */
const MOST_LEAVES = 12;

/** A formula of a kernel: each argument a leaf, `x0` and so on, or an earlier formula, `v0` and so on. */
interface Link {
  readonly formula: Formula;
  readonly arguments: readonly string[];
}

let recurrences = 0;

/** The formula, to be computed again and again: its kernels are found at once. */
export const recurring = (formula: Formula): Formula =>
  formula.recurs ? formula : { ...formula, recurs: { serial: recurrences++, chains: new Map() } };

/** An elementwise expression that waits to be read, and is then computed in one kernel with those it is made of. */
export class Deferred implements Recipe {
  readonly sources: ReadonlySet<Storage>;
  private readonly tags: Tags = currentTags();

  constructor(
    private readonly gpu: Gpu,
    readonly expression: Expression,
  ) {
    const { formula, sources } = expression;
    this.sources = new Set(sources);
    const parts = sources.filter((source, i) => partOf(formula.operands[i], source));
    if (parts.length > 0 && !linked(gpu, expression).chain.fits)
      for (const source of this.sources) void source.pooled;
    for (const part of parts) part.isPart = true;
  }

  compute(): PooledBuffer {
    const { shape, dtype } = this.expression.formula;
    const buffer = this.gpu.bufferFor(shape, dtype);
    try {
      underTags(this.tags, () => run(this.gpu, this.expression, () => buffer));
    } catch (error) {
      this.gpu.runtime.pool.release(buffer);
      throw error;
    }
    return buffer;
  }
}

/**
 * The expression of an operand that is not computed yet and lies like the result. An operand of f16 is no such part: it
 * has to be rounded, and compilers leave out a rounding that is undone at once.
 */
function partOf({ kind, dtype }: Operand, { recipe }: Storage): Expression | undefined {
  return kind === 'full' && dtype !== 'f16' && recipe instanceof Deferred ? recipe.expression : undefined;
}

const samePlane = (a: Plane, b: Plane | undefined): boolean =>
  b !== undefined && a.channels === b.channels && a.size === b.size;

/** How one kernel computes a formula with those of its operands that are not computed yet. */
class Chain {
  private readonly plane: Plane | undefined;
  private made: Launch | undefined;

  /** @param links each after those it reads */
  constructor(
    private readonly gpu: Gpu,
    private readonly links: readonly Link[],
    readonly leaves: readonly Operand[],
  ) {
    this.plane = links.findLast(({ formula }) => formula.plane)?.formula.plane;
  }

  /** Whether one kernel can. */
  get fits(): boolean {
    const { gpu, links, leaves, plane } = this;
    const scalars = links.reduce((sum, { formula }) => sum + Object.keys(formula.scalars).length, 0);
    const room = Math.min(MOST_LEAVES, gpu.runtime.mostBuffers - 1);
    return (
      leaves.length <= room &&
      links.length <= MOST_NODES &&
      scalars <= MOST_SCALARS &&
      links.every(({ formula }) => !formula.plane || samePlane(formula.plane, plane))
    );
  }

  /** The formula itself. */
  get last(): Formula {
    return this.links[this.links.length - 1].formula;
  }

  get launch(): Launch {
    this.made ??= this.make();
    return this.made;
  }

  private make(): Launch {
    const { links, leaves, plane } = this;
    const { shape, dtype, inPlace } = this.last;
    const size = sizeOf(shape);
    const isLong = links.some(({ formula }) => callsFurther(formula.wgsl));
    const quads = isLong ? 1 : quadsFor(this.gpu, plane);
    const kernel = flatKernel({
      nodes: links.map(
        ({ formula: { wgsl, operands, scalars, dtype }, arguments: args }): Node => ({
          wgsl,
          dtype,
          parameters: operands.map(({ name, dtype }) => ({ name, dtype })),
          scalars: Object.keys(scalars),
          arguments: args,
        }),
      ),
      leaves: leaves.map(({ kind, dtype }): Leaf => ({ kind, dtype })),
      dtype,
      inPlace,
      quads,
      whole: plane !== undefined && plane.size % (4 * quads) === 0,
    });
    const uniforms: Record<string, number> = {
      count: size,
      plane: plane?.size ?? 1,
      channels: plane?.channels ?? 1,
    };
    for (const [n, { formula }] of links.entries())
      for (const name in formula.scalars) uniforms[`${name}_${n}`] = formula.scalars[name];
    const groups = Math.ceil(size / (4 * quads) / 64);
    const recurs = this.last.recurs && {};
    return { kernel: readingHalves(kernel, 1, leaves), written: 1, uniforms, groups, recurs };
  }
}

/** The kernel of an expression, and what its leaves hold. */
interface Linked {
  readonly chain: Chain;
  readonly sources: readonly Storage[];
}

function linked(gpu: Gpu, root: Expression): Linked {
  const { recurs } = root.formula;
  if (!recurs) return link(gpu, root);
  const sources: Storage[] = [];
  const key = keyOf(root, [], sources);
  const known = recurs.chains.get(key);
  if (known) return { chain: known, sources };
  const made = link(gpu, root);
  if (!key.includes(ONCE)) recurs.chains.set(key, made.chain);
  return made;
}

function link(gpu: Gpu, root: Expression): Linked {
  const links: Link[] = [];
  const leaves: Operand[] = [];
  const found: Storage[] = [];
  const known = new Map<Storage, string>();
  const leaf = (operand: Operand, source: Storage): string => {
    leaves.push(operand);
    found.push(source);
    return `x${leaves.length - 1}`;
  };
  const visit = ({ formula, sources }: Expression): string => {
    const args = formula.operands.map((operand, i) => {
      const source = sources[i];
      const part = partOf(operand, source);
      const name = known.get(source) ?? (part ? visit(part) : leaf(operand, source));
      known.set(source, name);
      return name;
    });
    links.push({ formula, arguments: args });
    return `v${links.length - 1}`;
  };
  visit(root);
  return { chain: new Chain(gpu, links, leaves), sources: found };
}

/** In the key of what holds a formula that does not recur. */
const ONCE = 'once';

/**
 * What tells a chain of recurring formulas from others.
 * @param met storages that were met, in order
 * @param leaves gets what the leaves hold
 */
function keyOf({ formula, sources }: Expression, met: Storage[], leaves: Storage[]): string {
  let key = `${formula.recurs?.serial ?? ONCE}(`;
  for (let i = 0; i < sources.length; i++) {
    const source = sources[i];
    const at = met.indexOf(source);
    if (at >= 0) {
      key += `${at},`;
      continue;
    }
    const part = partOf(formula.operands[i], source);
    key += part ? keyOf(part, met, leaves) : 'x,';
    if (!part) leaves.push(source);
    met.push(source);
  }
  return `${key})`;
}

/**
 * Computes an expression into a tensor that exists.
 * @param into its buffer, to be changed by what has that name
 */
export function computeInto(gpu: Gpu, expression: Expression, into: (by: string) => PooledBuffer): void {
  for (const source of expression.sources) void source.pooled; // what they are made of may read `into`
  run(gpu, expression, into);
}

function run(gpu: Gpu, expression: Expression, into: (by: string) => PooledBuffer): void {
  draftedBy(undefined, () => {
    const { chain, sources } = linked(gpu, expression);
    const { launch, leaves, last } = chain;
    const buffers = [into(launch.kernel.name)];
    for (const source of sources) buffers.push(source.pooled);
    const { shape, dtype } = last;
    gpu.kernels.launch(launch, buffers, () => ({
      outputs: [{ shape, dtype, size: sizeOf(shape) }],
      inputs: leaves,
    }));
  });
}

/**
 * Groups of four elements a thread. lavapipe pays for each load, GPUs for addresses that are not neighbours; SwiftShader takes
 * three times as long to compile four.
 */
function quadsFor(gpu: Gpu, plane: Plane | undefined): number {
  if (gpu.adapter.kind !== 'lavapipe') return 1;
  return [4, 2].find((quads) => !plane || plane.size % (4 * quads) === 0) ?? 1;
}
