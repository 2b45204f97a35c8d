// Adds a batch to running statistics: stats = [Σ loss, correct predictions, samples, first step with a bad loss].
// Called by src/training/stats.ts. logits is [N, C], labels [N]; loss is the mean over the samples that are not ignored, and
// those alone count. A prediction is the first largest logit; where classes is 0 there is none. A loss is bad when its bits say
// NaN or infinity (compilers may assume that x == x), unless all samples are ignored. One workgroup; thread t counts rows
// t, t + 64, ...

struct Params { rows: u32, classes: u32, step: u32, ignore_index: i32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> stats: array<f32>;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read> labels: array<i32>;
@group(0) @binding(4) var<storage, read> loss: array<f32>;

// Two numbers, not two a thread: SwiftShader writes code for each number of workgroup memory, to clear it.
var<workgroup> correct: atomic<u32>;
var<workgroup> samples: atomic<u32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  var count = vec2<u32>();
  for (var row = local; row < params.rows; row += 64u) {
    let label = labels[row];
    if (label == params.ignore_index) { continue; }
    var best = logits[row * params.classes];
    var best_at = 0u;
    for (var c = 1u; c < params.classes; c++) {
      let value = logits[row * params.classes + c];
      if (value > best) {
        best = value;
        best_at = c;
      }
    }
    count += vec2<u32>(u32(params.classes > 0u && i32(best_at) == label), 1u);
  }
  atomicAdd(&correct, count.x);
  atomicAdd(&samples, count.y);
  workgroupBarrier();
  if (local > 0u) { return; }
  let counted = f32(atomicLoad(&samples));
  if (counted == 0.0) { return; }
  let bad = (bitcast<u32>(loss[0]) & 0x7f800000u) == 0x7f800000u;
  stats[0] += loss[0] * counted;
  stats[1] += f32(atomicLoad(&correct));
  stats[2] += counted;
  if (bad && stats[3] < 0.0) { stats[3] = f32(params.step); }
}
