import type { mat4 } from 'gl-matrix';
import source from '../../../shaders/task_map.wgsl';
import { type Camera, eyeOf, viewProjection } from './camera';
import { BUFFER_USAGE, MAP_READ, TEXTURE_USAGE } from './constants';

export type Place = readonly [x: number, y: number, z: number];
/** Red, green, blue and opacity, each in [0, 1]. */
export type Colour = readonly [red: number, green: number, blue: number, opacity: number];

export interface Ball {
  readonly at: Place;
  readonly colour: Colour;
  /** Of the usual radius; default 1. */
  readonly scale?: number;
}

export interface Line {
  readonly from: Place;
  readonly to: Place;
  readonly colour: Colour;
}

/** What is to be seen. */
export interface Scene {
  readonly camera: Camera;
  readonly balls: readonly Ball[];
  readonly lines: readonly Line[];
  readonly ground: Colour;
}

/** Of a ball of scale 1, in the world. */
export const RADIUS = 0.085;
const SAMPLES = 4;
const SCENE_BYTES = 24 * 4;

/** Rows of a copied texture begin at multiples of it. */
const ROW_BYTES = 256;
const FORMAT = 'rgba8unorm';
const DEVICE_TRIES = 12;
const DEVICE_WAIT_MS = 250;

/**
 * Draws the task map by WebGPU into a texture, and copies that onto the canvas. A canvas of WebGPU's own would save
 * the copy. But some browsers put pages together without a GPU (Chromium 147 and 156 on SwiftShader). There,
 * presenting such a canvas ends the GPU process, and with it every device, the engine's too.
 */
export class MapRenderer {
  private readonly linePipeline: GPURenderPipeline;
  private readonly ballPipeline: GPURenderPipeline;
  private readonly uniforms: GPUBuffer;
  private readonly vertices: { lines?: GPUBuffer; balls?: GPUBuffer } = {};
  private surface: Surface | undefined;
  /** What is to be drawn once the picture under way is on the canvas. */
  private next: Scene | undefined;
  private busy = false;

  private constructor(
    private readonly device: GPUDevice,
    private readonly context: CanvasRenderingContext2D,
  ) {
    const module = device.createShaderModule({ code: source, label: 'task map' });
    this.uniforms = device.createBuffer({
      size: SCENE_BYTES,
      usage: BUFFER_USAGE.UNIFORM | BUFFER_USAGE.COPY_DST,
    });
    const attributes = (first: GPUVertexFormat, bytes: number): GPUVertexAttribute[] => [
      { shaderLocation: 0, offset: 0, format: first },
      { shaderLocation: 1, offset: bytes, format: 'float32x4' },
    ];
    const blend: GPUBlendState = {
      color: { srcFactor: 'one', dstFactor: 'one-minus-src-alpha' },
      alpha: { srcFactor: 'one', dstFactor: 'one-minus-src-alpha' },
    };
    const pipeline = (
      name: string,
      topology: GPUPrimitiveTopology,
      layout: GPUVertexBufferLayout,
    ): GPURenderPipeline =>
      device.createRenderPipeline({
        layout: 'auto',
        vertex: { module, entryPoint: `${name}_vertex`, buffers: [layout] },
        fragment: { module, entryPoint: `${name}_fragment`, targets: [{ format: FORMAT, blend }] },
        primitive: { topology },
        multisample: { count: SAMPLES },
      });
    this.linePipeline = pipeline('line', 'line-list', {
      arrayStride: 28,
      attributes: attributes('float32x3', 12),
    });
    this.ballPipeline = pipeline('ball', 'triangle-list', {
      arrayStride: 32,
      stepMode: 'instance',
      attributes: attributes('float32x4', 16),
    });
  }

  /** Resolves to nothing where the browser has no WebGPU. `onLost` is called when the device goes by itself. */
  static async open(canvas: HTMLCanvasElement, onLost: () => void): Promise<MapRenderer | undefined> {
    if (!('gpu' in navigator)) return undefined;
    const device = await findDevice();
    // Kept in the processor's memory, so that the picture does not go with the GPU process.
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!device || !context) return undefined;
    device.lost.then(({ reason }) => {
      if (reason !== 'destroyed') onLost();
    });
    return new MapRenderer(device, context);
  }

  /**
   * Draws the scene as large as the canvas is. Of scenes that come faster than the GPU draws, it draws the last.
   */
  async draw(scene: Scene): Promise<void> {
    this.next = scene;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.next) {
        const { next } = this;
        this.next = undefined;
        await this.drawNow(next);
      }
    } finally {
      this.busy = false;
    }
  }

  dispose(): void {
    this.next = undefined;
    this.device.destroy();
  }

  private async drawNow({ camera, balls, lines, ground }: Scene): Promise<void> {
    const { device, context } = this;
    const { width, height } = context.canvas;
    if (width === 0 || height === 0) return;
    device.queue.writeBuffer(this.uniforms, 0, sceneUniforms(camera, viewProjection(camera, width / height)));
    const eye = eyeOf(camera);
    const farthestFirst = [...balls].sort((a, b) => squareTo(eye, b.at) - squareTo(eye, a.at));
    const lineData = lines.flatMap(({ from, to, colour }) => [...from, ...colour, ...to, ...colour]);
    const ballData = farthestFirst.flatMap(({ at, colour, scale = 1 }) => [...at, scale, ...colour]);
    const surface = this.surfaceOf(width, height);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginRenderPass({
      colorAttachments: [
        {
          view: surface.samples.createView(),
          resolveTarget: surface.picture.createView(),
          loadOp: 'clear',
          storeOp: 'discard',
          clearValue: [...ground],
        },
      ],
    });
    this.drawOne(pass, this.linePipeline, this.fill('lines', lineData), [2 * lines.length, 1]);
    this.drawOne(pass, this.ballPipeline, this.fill('balls', ballData), [6, balls.length]);
    pass.end();
    const { staging, bytesPerRow } = surface;
    encoder.copyTextureToBuffer({ texture: surface.picture }, { buffer: staging, bytesPerRow }, [
      width,
      height,
    ]);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(MAP_READ);
    const rows = new Uint8Array(staging.getMappedRange());
    const image = context.createImageData(width, height);
    for (let y = 0; y < height; y++) {
      image.data.set(rows.subarray(y * bytesPerRow, y * bytesPerRow + 4 * width), y * 4 * width);
    }
    staging.unmap();
    // The canvas may have another size by now; then a scene for it is waiting.
    if (context.canvas.width === width && context.canvas.height === height) context.putImageData(image, 0, 0);
  }

  private drawOne(
    pass: GPURenderPassEncoder,
    pipeline: GPURenderPipeline,
    vertices: GPUBuffer,
    [count, instances]: [number, number],
  ): void {
    const entries = [{ binding: 0, resource: { buffer: this.uniforms } }];
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.setVertexBuffer(0, vertices);
    pass.draw(count, instances);
  }

  /** A vertex buffer with these numbers, the one there is if they fit. */
  private fill(name: 'lines' | 'balls', numbers: readonly number[]): GPUBuffer {
    const data = Float32Array.from(numbers);
    let buffer = this.vertices[name];
    if (!buffer || buffer.size < data.byteLength) {
      buffer?.destroy();
      const usage = BUFFER_USAGE.VERTEX | BUFFER_USAGE.COPY_DST;
      buffer = this.device.createBuffer({ size: Math.max(32, data.byteLength), usage });
      this.vertices[name] = buffer;
    }
    this.device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  }

  private surfaceOf(width: number, height: number): Surface {
    if (this.surface?.picture.width === width && this.surface.picture.height === height) return this.surface;
    const { device } = this;
    for (const part of this.surface
      ? [this.surface.samples, this.surface.picture, this.surface.staging]
      : []) {
      part.destroy();
    }
    const texture = (sampleCount: number, usage: number) =>
      device.createTexture({ size: [width, height], format: FORMAT, sampleCount, usage });
    const bytesPerRow = Math.ceil((4 * width) / ROW_BYTES) * ROW_BYTES;
    this.surface = {
      samples: texture(SAMPLES, TEXTURE_USAGE.RENDER_ATTACHMENT),
      picture: texture(1, TEXTURE_USAGE.RENDER_ATTACHMENT | TEXTURE_USAGE.COPY_SRC),
      staging: device.createBuffer({
        size: bytesPerRow * height,
        usage: BUFFER_USAGE.MAP_READ | BUFFER_USAGE.COPY_DST,
      }),
      bytesPerRow,
    };
    return this.surface;
  }
}

/** A browser whose GPU process has just died offers no adapter for a moment, or one that makes no device. */
async function findDevice(): Promise<GPUDevice | undefined> {
  for (let tries = 1; ; tries++) {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter?.requestDevice().catch(() => undefined);
    if (device || tries === DEVICE_TRIES) return device;
    await new Promise((resolve) => setTimeout(resolve, DEVICE_WAIT_MS));
  }
}

/** What a picture is drawn into, and the way from there to the page's memory. */
interface Surface {
  readonly samples: GPUTexture;
  readonly picture: GPUTexture;
  readonly staging: GPUBuffer;
  readonly bytesPerRow: number;
}

function sceneUniforms(camera: Camera, matrix: mat4): Float32Array<ArrayBuffer> {
  const { yaw, pitch } = camera;
  const right = [Math.cos(yaw), 0, -Math.sin(yaw), RADIUS];
  const up = [-Math.sin(pitch) * Math.sin(yaw), Math.cos(pitch), -Math.sin(pitch) * Math.cos(yaw), 0];
  return Float32Array.from([...matrix, ...right, ...up]);
}

const squareTo = (eye: ArrayLike<number>, at: Place): number =>
  at.reduce((sum, value, axis) => sum + (value - eye[axis]) ** 2, 0);
