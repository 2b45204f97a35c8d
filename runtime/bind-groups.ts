import { mix } from './mix';
import type { Picture } from './pictures';
import type { PooledBuffer } from './pooled-buffer';
import type { BlockPlace } from './uniforms';

/** What a binding holds. */
export type Bound = PooledBuffer | Picture;

/** Groups kept. A training step needs one for each dispatch, and the next step finds them again. */
export const MOST_GROUPS = 8192;
/**
 * Groups that all GPUs of a process make between two collections of garbage. Dawn frees a group with its object, which is
 * too small for V8 to notice. lavapipe maps a page of memory for each, and ends the process at the 65,530 maps that Linux
 * allows.
 */
const COLLECT_AFTER = MOST_GROUPS;
/** Groups made in this process. */
let made = 0;

/** A group, and what it binds. */
interface KnownGroup extends BlockPlace {
  readonly pipeline: GPUComputePipeline;
  /** Of the buffers and pictures. */
  readonly serials: readonly number[];
  readonly group: GPUBindGroup;
}

/** Makes each bind group once: making one costs more than all else that JavaScript does for a dispatch. */
export class BindGroups {
  /** By a number that follows from all that tells one from another; of two with the same number the last is kept. */
  private readonly groups = new Map<number, KnownGroup>();
  private readonly ids = new WeakMap<GPUComputePipeline, number>();
  /** Each call of getBindGroupLayout makes an object to be collected. */
  private readonly layouts = new WeakMap<GPUComputePipeline, GPUBindGroupLayout>();
  private pipelines = 0;

  /** @param collect collects garbage, where the host can */
  constructor(
    private readonly device: GPUDevice,
    private readonly collect: (() => void) | undefined,
  ) {}

  /**
   * The uniform block at binding 0, buffers and pictures from binding 1 on.
   * @param uniforms the buffer of all blocks, always the same
   */
  get(
    pipeline: GPUComputePipeline,
    uniforms: GPUBuffer,
    place: BlockPlace,
    bound: readonly Bound[],
  ): GPUBindGroup {
    const { offset, size } = place;
    let hash = mix(this.idOf(pipeline), offset);
    for (let i = 0; i < bound.length; i++) hash = mix(hash, bound[i].serial);
    const known = this.groups.get(hash);
    if (known?.pipeline === pipeline && known.offset === offset && known.size === size)
      if (sameSerials(known.serials, bound)) return known.group;
    if (this.groups.size >= MOST_GROUPS) this.groups.clear();
    const group = this.make(pipeline, uniforms, place, bound);
    this.groups.set(hash, { pipeline, offset, size, serials: bound.map(({ serial }) => serial), group });
    return group;
  }

  /** Lets go of all of them: their buffers are gone, or will be. */
  clear(): void {
    this.groups.clear();
  }

  /** Makes one that is the caller's to keep. */
  make(
    pipeline: GPUComputePipeline,
    uniforms: GPUBuffer,
    { offset, size }: BlockPlace,
    bound: readonly Bound[],
  ): GPUBindGroup {
    made += 1;
    if (made % COLLECT_AFTER === 0) this.collect?.();
    const entries: GPUBindGroupEntry[] = [{ binding: 0, resource: { buffer: uniforms, offset, size } }];
    for (const [i, one] of bound.entries())
      entries.push({ binding: i + 1, resource: 'view' in one ? one.view : { buffer: one.gpu } });
    return this.device.createBindGroup({ layout: this.layoutOf(pipeline), entries });
  }

  private idOf(pipeline: GPUComputePipeline): number {
    const known = this.ids.get(pipeline);
    if (known !== undefined) return known;
    this.ids.set(pipeline, this.pipelines);
    return this.pipelines++;
  }

  private layoutOf(pipeline: GPUComputePipeline): GPUBindGroupLayout {
    const known = this.layouts.get(pipeline);
    if (known) return known;
    const layout = pipeline.getBindGroupLayout(0);
    this.layouts.set(pipeline, layout);
    return layout;
  }
}

function sameSerials(serials: readonly number[], bound: readonly Bound[]): boolean {
  if (serials.length !== bound.length) return false;
  for (let i = 0; i < serials.length; i++) if (serials[i] !== bound[i].serial) return false;
  return true;
}
