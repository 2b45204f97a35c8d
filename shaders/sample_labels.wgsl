// labels[n] = a class drawn from softmax(logits[n]), logits [N, C]: the first at which the running sum passes the draw.
// Called by src/fisher/estimators.ts for the Monte Carlo Fisher.
// Thread n draws for row n by Philox(counter = (first + n, 0, LABELS, 0), key = (seed, 0)), first numbering row 0.

//#import index
//#import philox

struct Params { rows: u32, classes: u32, seed: u32, first: u32 }

// Sets these draws apart from random fills and dropout, whose counters hold 0 and 1 there.
const LABELS = 2u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> labels: array<i32>;
@group(0) @binding(2) var<storage, read> logits: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let n = flat_thread(group, groups, local, 64u);
  if (n >= params.rows) { return; }
  let start = n * params.classes;
  var largest = logits[start];
  for (var c = 1u; c < params.classes; c++) { largest = max(largest, logits[start + c]); }
  var total = 0.0;
  for (var c = 0u; c < params.classes; c++) { total += exp(logits[start + c] - largest); }
  let words = philox(vec4<u32>(params.first + n, 0u, LABELS, 0u), vec2<u32>(params.seed, 0u));
  let draw = unit_float(words.x) * total;
  var label = 0u;
  var sum = exp(logits[start] - largest);
  while (sum <= draw && label + 1u < params.classes) {
    label += 1u;
    sum += exp(logits[start + label] - largest);
  }
  labels[n] = i32(label);
}
