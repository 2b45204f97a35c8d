// y[p,i,j] = mean of x[p] over rows [⌊i H / OH⌋, ⌈(i + 1) H / OH⌉) and columns likewise. With BACKWARD the gradient of x [p,h,w]
// = Σ g[p,i,j] / size(i, j) over the windows that hold (h, w), which are rows [⌊h OH / H⌋, ⌈(h + 1) OH / H⌉) of them.
// Called by src/ops/pool/adaptive-avg.ts. Thread t computes element t of what is written, `to`, of windows of what is read, `from`.

//#import index
//#import adaptive
//#import running_sum

struct Params { count: u32, to_height: u32, to_width: u32, from_height: u32, from_width: u32 }

override BACKWARD: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;

fn size_of(i: u32, length: u32, windows: u32) -> u32 {
  let bounds = adaptive_window(i, length, windows);
  return bounds.y - bounds.x;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.count) { return; }
  let line = t / params.to_width;
  let plane = line / params.to_height;
  let rows = adaptive_window(line - plane * params.to_height, params.from_height, params.to_height);
  let columns = adaptive_window(t - line * params.to_width, params.from_width, params.to_width);
  var total = RunningSum();
  for (var i = rows.x; i < rows.y; i++) {
    let start = (plane * params.from_height + i) * params.from_width;
    let high = size_of(i, params.to_height, params.from_height);
    for (var chain = columns.x; chain < columns.y; chain += CHAIN) {
      var sum = 0.0;
      for (var j = chain; j < min(chain + CHAIN, columns.y); j++) {
        var value = x[start + j];
        if (BACKWARD) { value /= f32(high * size_of(j, params.to_width, params.from_width)); }
        sum += value;
      }
      total = with_part(total, sum);
    }
  }
  y[t] = whole(total);
  if (!BACKWARD) { y[t] /= f32((rows.y - rows.x) * (columns.y - columns.x)); }
}
