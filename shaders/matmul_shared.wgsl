// out[z, m, n] = Σ_k a[z, m, k] * b[z, k, n] (+ bias[n]), any strides, so that transposes are free.
// With SQUARED: Σ_k a² * b², the squares of rank-one per-sample gradients summed over samples k.
// Called by src/ops/matmul/shared.ts for GPUs, which writes the regions out for the size of the tile and for how a and b
// lie in memory; matmul_register.wgsl is its twin for CPU adapters. What stands here is the smallest form, elements read
// one by one. A workgroup of SIDE × SIDE threads computes a tile through workgroup memory, K_TILE steps of k at a time, a
// thread blocks of 4 × 4 outputs that lie 4 SIDE apart. Workgroup g is tile g of the grid of tiles, columns fastest.

//#import index
//#import bias
//#import product
//#import told_epilogue

const CHAIN = 32u; // steps of k that are added up by themselves

//#begin operands
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
const SIDE = 8u;
const BLOCKS = 1u; // of 4 rows, and of 4 columns, a thread
//#end
const THREADS = SIDE * SIDE;
const QUADS = SIDE * BLOCKS; // vec4 across a tile
const TILE = 4u * QUADS;
const K_TILE = 16u;

// [k][rows or columns / 4]
var<workgroup> a_tile: array<array<vec4<f32>, QUADS>, K_TILE>;
var<workgroup> b_tile: array<array<vec4<f32>, QUADS>, K_TILE>;

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) thread: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let columns = (params.n + TILE - 1u) / TILE;
  let rows = (params.m + TILE - 1u) / TILE;
  let tile = flat_group(group, groups);
  let z = tile / (columns * rows);
  let exists = z < params.batch * params.parts;
  let part = part_of(z);
  let row0 = ((tile / columns) % rows) * TILE;
  let column0 = (tile % columns) * TILE;
  let a_start = part.batch * params.a_batch + part.first * params.a_k;
  let b_start = part.batch * params.b_batch + part.first * params.b_k;

  var total: array<array<vec4<f32>, BLOCKS>, 4u * BLOCKS>;
  var chain: array<array<vec4<f32>, BLOCKS>, 4u * BLOCKS>;
  for (var k0 = 0u; k0 < part.steps; k0 += K_TILE) {
//#begin load
    for (var i = local; i < TILE * K_TILE; i += THREADS) {
      let at = i % TILE;
      let k = i / TILE;
      let inside = exists && row0 + at < params.m && k0 + k < part.steps;
      var value = 0.0;
      if (inside) { value = a[a_start + (row0 + at) * params.a_m + (k0 + k) * params.a_k]; }
      a_tile[k][at / 4u][at % 4u] = value;
    }
//#end
    workgroupBarrier();
    for (var k = 0u; k < K_TILE; k++) {
      var right: array<vec4<f32>, BLOCKS>;
      for (var j = 0u; j < BLOCKS; j++) { right[j] = b_tile[k][thread.x + j * SIDE]; }
      for (var i = 0u; i < BLOCKS; i++) {
        let left = a_tile[k][thread.y + i * SIDE];
        for (var j = 0u; j < BLOCKS; j++) {
          chain[4u * i][j] = fma(vec4<f32>(left.x), right[j], chain[4u * i][j]);
          chain[4u * i + 1u][j] = fma(vec4<f32>(left.y), right[j], chain[4u * i + 1u][j]);
          chain[4u * i + 2u][j] = fma(vec4<f32>(left.z), right[j], chain[4u * i + 2u][j]);
          chain[4u * i + 3u][j] = fma(vec4<f32>(left.w), right[j], chain[4u * i + 3u][j]);
        }
      }
    }
    if ((k0 + K_TILE) % CHAIN == 0u || k0 + K_TILE >= part.steps) {
      for (var i = 0u; i < 4u * BLOCKS; i++) {
        for (var j = 0u; j < BLOCKS; j++) {
          total[i][j] += chain[i][j];
          chain[i][j] = vec4<f32>();
        }
      }
    }
    workgroupBarrier();
  }
  if (!exists) { return; }
  for (var j = 0u; j < BLOCKS; j++) {
    let n = column0 + 4u * (thread.x + j * SIDE);
    if (n >= params.n) { continue; }
    let shift = bias_at(n);
    for (var i = 0u; i < 4u * BLOCKS; i++) {
      let m = row0 + 4u * (thread.y + (i / 4u) * SIDE) + i % 4u;
      if (m >= params.m) { continue; }
      let at = (z * params.m + m) * params.n + n;
      let value = rectified(total[i][j] + shift);
//#begin store
      for (var e = 0u; e < 4u; e++) { if (n + e < params.n) { out[at + e] = value[e]; } }
//#end
    }
  }
}
