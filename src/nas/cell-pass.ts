import { BatchNorm2d, Conv2d, Sequential } from '../nn/layers';
import type { Module } from '../nn/module';
import { add } from '../ops/arithmetic';
import { concat } from '../ops/concat';
import type { Gpu } from '../tensor/gpu';
import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { Backbone, CellKind, Surroundings } from './backbone';
import { carried, zerosLike } from './operations/carried';
import type { Stride } from './operations/operation';

/** Operations on a cell's edges, by the edges' names. An edge that is missing carries nothing. */
export type EdgeModules = ReadonlyMap<string, Module>;

/** Builds the operations of one cell. EdgeModules from the input of a reduction cell have stride 2 (see `edgeStride`). */
export type EdgeFactory = (kind: CellKind, channels: number) => EdgeModules;

/** What a network of cells is, before its head: [N, inputs, H, W] → [N, features]. */
export interface Body {
  /** By the names that their parameters carry. */
  readonly modules: readonly [string, Module][];
  readonly features: number;
  /** Modules that one after another take what the one before gives; none in one cell by itself. */
  readonly blocks: readonly Module[];
  readonly forward: (x: Tensor) => Tensor;
}

/** What a body is, but for its operations. */
export interface BodyFrame {
  readonly nodes: number;
  readonly channels: number;
  /** Height and width of the images. */
  readonly size: readonly [height: number, width: number];
}

/**
 * One pass through a cell. Inner nodes sum what arrives at them. The last one concatenates it on channels, with zeros
 * for an edge on which nothing arrives. [N, C, H, W] → [N, (nodes − 1) · C, ⌈H / stride⌉, ⌈W / stride⌉].
 */
export function runCell(nodes: number, edges: EdgeModules, x: Tensor, stride: Stride): Tensor {
  const arrived = lastArrivals(nodes, edges, x, stride);
  return concat(
    arrived.map((value) => value ?? zerosLike(x, stride)),
    1,
  );
}

/** The same with a last node that sums what arrives: [N, C, H, W] → [N, C, H, W]. */
export function runSummingCell(nodes: number, edges: EdgeModules, x: Tensor): Tensor {
  const present = lastArrivals(nodes, edges, x, 1).filter((value) => value !== undefined);
  return present.length > 0 ? present.reduce(add) : zerosLike(x, 1);
}

/** What the edges to the last node bring, by the node that they come from; undefined where nothing arrives. */
function lastArrivals(
  nodes: number,
  edges: EdgeModules,
  x: Tensor,
  stride: Stride,
): readonly (Tensor | undefined)[] {
  const last = nodes - 1;
  const values: (Tensor | undefined)[] = [x];
  const arriving = (node: number) =>
    values.slice(0, node).map((value, from) => {
      const edge = `${from}${node}`;
      const made = value && edges.get(edge)?.forward(value);
      return made && carried(`edge ${edge}`, made, x, stride);
    });
  for (let node = 1; node < last; node++) {
    const present = arriving(node).filter((value) => value !== undefined);
    values.push(present.length > 0 ? present.reduce(add) : undefined);
  }
  return arriving(last);
}

export interface BodyOptions extends Surroundings {
  /** Channels of the images. */
  readonly inputs: number;
  /** Whether batch norm learns scale and shift. */
  readonly affine: boolean;
}

export type FullBodyOptions = Omit<BodyOptions, 'head' | 'backbone'>;

export interface StackOptions extends FullBodyOptions {
  readonly backbone: Backbone;
}

/** 3 × 3 convolution, batch norm: brings images to a cell's channels. */
export const stemOf = (gpu: Gpu, inputs: number, channels: number, affine: boolean): Module =>
  new Sequential(
    new Conv2d(gpu, inputs, channels, 3, { padding: 1, bias: false }),
    new BatchNorm2d(gpu, channels, { affine }),
  );

/** @throws ShapeError */
export function checkChannels(x: Tensor, channels: number, advice: string): void {
  if (x.shape[1] === channels) return;
  const given = formatShape(x.shape);
  throw new ShapeError(`cell: input is ${given}, the genotype expects [N,${channels},H,W]; ${advice}`);
}
