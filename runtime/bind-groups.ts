import type { PooledBuffer } from './pool';
import type { BlockPlace } from './uniforms';

/** Groups kept; a training step needs as many as it has dispatches, and comes back to them if buffers do. */
const MOST_GROUPS = 8192;

/** A uniform block within a buffer of many. */
interface Block extends BlockPlace {
  readonly buffer: GPUBuffer;
}

/** Makes each bind group once: making one costs more than all else that JavaScript does for a dispatch. */
export class BindGroups {
  private readonly groups = new Map<string, GPUBindGroup>();
  private readonly ids = new WeakMap<object, number>();
  /** Each call of getBindGroupLayout makes an object to be collected. */
  private readonly layouts = new WeakMap<GPUComputePipeline, GPUBindGroupLayout>();
  private next = 0;

  constructor(private readonly device: GPUDevice) {}

  /** The uniform block at binding 0, buffers from binding 1 on. */
  get(pipeline: GPUComputePipeline, block: Block, buffers: readonly PooledBuffer[]): GPUBindGroup {
    let key = `${this.idOf(pipeline)}@${block.offset}+${block.size}`;
    for (const { gpu } of buffers) key += `,${this.idOf(gpu)}`;
    const known = this.groups.get(key);
    if (known) return known;
    if (this.groups.size >= MOST_GROUPS) this.groups.clear();
    const made = this.make(pipeline, block, buffers);
    this.groups.set(key, made);
    return made;
  }

  /** Makes one that is the caller's to keep. */
  make(pipeline: GPUComputePipeline, block: Block, buffers: readonly PooledBuffer[]): GPUBindGroup {
    const entries: GPUBindGroupEntry[] = [{ binding: 0, resource: block }];
    for (const [i, { gpu }] of buffers.entries()) entries.push({ binding: i + 1, resource: { buffer: gpu } });
    return this.device.createBindGroup({ layout: this.layoutOf(pipeline), entries });
  }

  private idOf(object: object): number {
    const known = this.ids.get(object);
    if (known !== undefined) return known;
    this.ids.set(object, this.next);
    return this.next++;
  }

  private layoutOf(pipeline: GPUComputePipeline): GPUBindGroupLayout {
    const known = this.layouts.get(pipeline);
    if (known) return known;
    const layout = pipeline.getBindGroupLayout(0);
    this.layouts.set(pipeline, layout);
    return layout;
  }
}
