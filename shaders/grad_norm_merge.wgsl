// norm = (Σ |x|^order)^(1 / order) from the parts (l, Σ |x / u|^order) of grad_norm.wgsl, [count]; of order ∞ the largest |x|.
// factor = min(1, most / (norm + 1e-6)).
// Called by src/optim/clip.ts. One workgroup: thread t takes every 64th part, then thread 0 adds the 64 sums.

//#import index
//#import nan
//#import running_sum

struct Params { count: u32, order: f32, inverse: f32, most: f32 }

override ORDER: u32 = 2; // 0: ∞, 3: any, where the region `power` knows it

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> norm: array<f32>;
@group(0) @binding(2) var<storage, read_write> factor: array<f32>;
@group(0) @binding(3) var<storage, read> partials: array<vec2<u32>>;

var<workgroup> largest: atomic<u32>;
var<workgroup> parts: array<f32, 64>;

//#unless power
fn power_of(x: f32) -> f32 {
  return select(x * x, x, ORDER == 1u);
}

fn root_of(total: f32) -> f32 {
  return select(sqrt(total), total, ORDER == 1u);
}
//#end

// (2^−steps)^order
fn shrunk(steps: u32) -> f32 {
  if (steps > 126u) { return 0.0; }
  return power_of(bitcast<f32>((127u - steps) << 23u));
}

fn factor_for(norm: f32) -> f32 {
  let finite = min(1.0, params.most / (norm + 1e-6));
  return select(select(finite, 0.0, is_infinite(norm)), not_a_number(), is_nan(norm));
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  var own = 0u;
  for (var i = local; i < params.count; i += 64u) { own = max(own, partials[i].x); }
  atomicMax(&largest, own);
  workgroupBarrier();
  let most = atomicLoad(&largest);
  let unit = min(most >> 23u, 252u);
  var total = RunningSum();
  if (ORDER != 0u && unit > 0u && most < INFINITE_BITS) {
    for (var i = local; i < params.count; i += 64u) {
      let part = partials[i];
      total = with_part(total, bitcast<f32>(part.y) * shrunk(unit - min(part.x >> 23u, 252u)));
    }
  }
  parts[local] = whole(total);
  workgroupBarrier();
  if (local > 0u) { return; }
  total = RunningSum();
  for (var t = 0u; t < 64u; t++) { total = with_part(total, parts[t]); }
  var found = bitcast<f32>(most);
  if (ORDER != 0u && most < INFINITE_BITS) {
    found = select(root_of(whole(total)) * bitcast<f32>(unit << 23u), 0.0, unit == 0u);
  }
  norm[0] = found;
  factor[0] = factor_for(found);
}
