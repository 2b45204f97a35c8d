// partials[first + w] = (l, Σ |x / u|^order) over the 4096 elements x of workgroup w, of several tensors: l are the bits of the
// largest |x|, and u is the power of two below it, so that no power leaves the range of f32. Of order ∞ only l is needed.
// Called by src/optim/clip.ts, as many tensors a launch as the adapter binds; grad_norm_merge.wgsl adds up.
// Thread t takes every 64th group of four elements, then thread 0 adds the 64 parts.

//#import index
//#import nan

override ORDER: u32 = 2; // 0: ∞, 3: any, where the region `power` knows it
const FOURS = 16u;

struct Place { tensor: u32, first: u32, count: u32 }

//#begin tensors
struct Params { order: f32, first: u32, first_0: u32, count_0: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> partials: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> x_0: array<vec4<f32>>;

fn place_of(group: u32) -> Place {
  return Place(0u, params.first_0, params.count_0);
}

fn four(tensor: u32, t: u32) -> vec4<f32> {
  return x_0[t];
}
//#end

var<workgroup> largest: atomic<u32>;
var<workgroup> parts: array<f32, 64>;

//#unless power
fn power_of(x: f32) -> f32 {
  return select(x * x, abs(x), ORDER == 1u);
}
//#end

// What lies beyond the last element of a tensor counts as 0.
fn elements(place: Place, t: u32) -> vec4<f32> {
  let at = vec4<u32>(4u * t) + vec4<u32>(0u, 1u, 2u, 3u);
  return select(vec4<f32>(), four(place.tensor, t), at < vec4<u32>(place.count));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let w = flat_group(group, groups);
  let place = place_of(w);
  let first = (w - place.first) * 64u * FOURS;
  // Where a loop ends is no constant, or it would be written out.
  let end = min(first + 64u * FOURS, (place.count + 3u) / 4u);
  var own = vec4<u32>();
  for (var t = first + local; t < end; t += 64u) {
    own = max(own, bitcast<vec4<u32>>(elements(place, t)) & vec4<u32>(0x7fffffffu));
  }
  atomicMax(&largest, max(max(own.x, own.y), max(own.z, own.w)));
  workgroupBarrier();
  let most = atomicLoad(&largest);
  let unit = min(most >> 23u, 252u);
  let scale = bitcast<f32>((254u - unit) << 23u);
  var total = 0.0;
  if (ORDER != 0u && unit > 0u && most < INFINITE_BITS) {
    for (var t = first + local; t < end; t += 64u) {
      let x = elements(place, t) * scale;
      total += (power_of(x.x) + power_of(x.y)) + (power_of(x.z) + power_of(x.w));
    }
  }
  parts[local] = total;
  workgroupBarrier();
  if (local > 0u || first >= end) { return; }
  total = 0.0;
  for (var t = 0u; t < 64u; t += 8u) {
    var part = 0.0;
    for (var u = t; u < t + 8u; u++) { part += parts[u]; }
    total += part;
  }
  partials[params.first + w] = vec2<u32>(most, bitcast<u32>(total));
}
