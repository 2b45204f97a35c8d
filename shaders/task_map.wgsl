// The task map: lit balls at the tasks' places, clear ones around them, and lines from them to the ground with its grid.
// Called by src/web/map/renderer.ts, which draws `line_*` and then `ball_*` in one render pass.
// A line is two vertices of its own; a ball is a square of two triangles that faces the eye, cut round by its fragments.

struct Scene {
  view_projection: mat4x4f,
  /** World vectors that are to the right and up on the screen; w of `right` is the balls' radius. */
  right: vec4f,
  up: vec4f,
}
@group(0) @binding(0) var<uniform> scene: Scene;

struct LineOut {
  @builtin(position) position: vec4f,
  @location(0) colour: vec4f,
}

@vertex
fn line_vertex(@location(0) place: vec3f, @location(1) colour: vec4f) -> LineOut {
  return LineOut(scene.view_projection * vec4f(place, 1.0), colour);
}

@fragment
fn line_fragment(in: LineOut) -> @location(0) vec4f {
  return vec4f(in.colour.rgb * in.colour.a, in.colour.a);
}

struct BallOut {
  @builtin(position) position: vec4f,
  @location(0) colour: vec4f,
  @location(1) corner: vec2f,
}

@vertex
fn ball_vertex(@builtin(vertex_index) vertex: u32, @location(0) place: vec4f, @location(1) colour: vec4f) -> BallOut {
  var corners = array<vec2f, 6>(
    vec2f(-1.0, -1.0), vec2f(1.0, -1.0), vec2f(-1.0, 1.0),
    vec2f(-1.0, 1.0), vec2f(1.0, -1.0), vec2f(1.0, 1.0),
  );
  let corner = corners[vertex];
  let radius = scene.right.w * place.w;
  let world = place.xyz + radius * (corner.x * scene.right.xyz + corner.y * scene.up.xyz);
  return BallOut(scene.view_projection * vec4f(world, 1.0), colour, corner);
}

@fragment
fn ball_fragment(in: BallOut) -> @location(0) vec4f {
  let square = dot(in.corner, in.corner);
  let edge = fwidth(square);
  let cover = 1.0 - smoothstep(1.0 - edge, 1.0, square);
  if (cover <= 0.0) {
    discard;
  }
  let normal = vec3f(in.corner, sqrt(max(0.0, 1.0 - square)));
  let light = 0.62 + 0.38 * max(0.0, dot(normal, normalize(vec3f(-0.4, 0.7, 0.6))));
  let opacity = in.colour.a * cover;
  return vec4f(in.colour.rgb * light * opacity, opacity);
}
