import { noGrad } from '../../autograd/tape';
import { SeedNet } from '../../models/seed';
import { Conv2d, Flatten, Linear, ReLU } from '../../nn/layers';
import { switchMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import { MaxPool2d } from '../../nn/pools';
import { softmax } from '../../ops/softmax';
import type { Tensor } from '../../tensor/tensor';
import type { LayerPicture } from '../protocol';

/** Feature maps of a layer that are shown, and units of one that has no maps. */
const MOST_MAPS = 16;
const MOST_UNITS = 256;
const UNITS_A_ROW = 32;

/** A layer in words; none for one that only passes on what it is given. */
function wordOf(layer: Module): string | undefined {
  if (layer instanceof Conv2d) return 'Convolution';
  if (layer instanceof Linear) return 'Linear';
  if (layer instanceof ReLU) return 'ReLU';
  if (layer instanceof MaxPool2d) return 'Max pooling';
  return layer instanceof Flatten ? undefined : 'Whole network';
}

/** What each layer of a network makes of one image, and what the network says of it. */
export async function activationsOf(
  net: Module,
  image: Tensor,
): Promise<{ layers: LayerPicture[]; probabilities: number[] }> {
  const seen: { name: string; output: Tensor }[] = [];
  const restore = switchMode(net, false);
  const kept = image.gpu.scope(() =>
    noGrad(() => {
      let x = image;
      for (const layer of layersOf(net)) {
        x = layer.forward(x);
        const name = wordOf(layer);
        if (name) seen.push({ name, output: x });
      }
      return [softmax(x, 1), ...seen.map(({ output }) => output)];
    }),
  );
  restore();
  const [probabilities, ...outputs] = await Promise.all(kept.map((tensor) => tensor.data()));
  for (const tensor of kept) tensor.dispose();
  const layers = seen.map(({ name, output }, i) => pictureOf(name, output.shape, outputs[i]));
  return { layers, probabilities: [...probabilities] };
}

/** Layers in the order in which an image goes through them; of what is no chain of layers, the whole. */
function layersOf(net: Module): Module[] {
  if (!(net instanceof SeedNet)) return [net];
  const [, ...encoder] = net.encoder.modules();
  return [...encoder, net.classifier];
}

function pictureOf(name: string, shape: readonly number[], data: ArrayLike<number>): LayerPicture {
  const values = Float32Array.from(data);
  const [, channels, rows, columns] = shape;
  if (shape.length === 4) {
    const maps = Math.min(MOST_MAPS, channels);
    return {
      name,
      shape: shape.slice(1),
      maps,
      rows,
      columns,
      values: values.slice(0, maps * rows * columns),
    };
  }
  const units = Math.min(MOST_UNITS, channels);
  const width = Math.min(UNITS_A_ROW, units);
  const picture = new Float32Array(Math.ceil(units / width) * width);
  picture.set(values.subarray(0, units));
  return {
    name,
    shape: shape.slice(1),
    maps: 1,
    rows: picture.length / width,
    columns: width,
    values: picture,
  };
}
