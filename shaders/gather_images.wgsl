// images[b, c, y, x] = (u8[order[start + b], c % C, y − pad, x − pad] / 255 − mean[c]) / std[c], and the labels with them.
// Outside the source the pixel is 0 before it is normalised; sources of fewer channels are repeated.
// Called by src/data/device-set.ts. u8 pixels lie four a word, NCHW; order holds image numbers, labels are beside it.
// Thread t computes output pixel t of a batch; threads 0 to B − 1 also copy a label.

//#import index

struct Params {
  count: u32, start: u32, batch: u32, pad: u32,
  channels: u32, source_channels: u32, height: u32, width: u32,
  scale: vec4<f32>,
  shift: vec4<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> images: array<f32>;
@group(0) @binding(2) var<storage, read_write> batch_labels: array<i32>;
@group(0) @binding(3) var<storage, read> pixels: array<u32>;
@group(0) @binding(4) var<storage, read> order: array<u32>;
@group(0) @binding(5) var<storage, read> labels: array<i32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t < params.batch) { batch_labels[t] = labels[params.start + t]; }
  if (t >= params.count) { return; }
  let out_width = params.width + 2u * params.pad;
  let out_plane = out_width * (params.height + 2u * params.pad);
  let plane = t / out_plane;
  let at = t - plane * out_plane;
  let y = at / out_width - params.pad;
  let x = at % out_width - params.pad;
  let b = plane / params.channels;
  let c = plane - b * params.channels;
  var value = 0.0;
  if (y < params.height && x < params.width) {
    let source = order[params.start + b] * params.source_channels + c % params.source_channels;
    let byte = (source * params.height + y) * params.width + x;
    value = f32((pixels[byte / 4u] >> (8u * (byte % 4u))) & 0xffu) / 255.0;
  }
  images[t] = (value - params.shift[c]) / params.scale[c];
}
