// Flat indices of a dispatch whose workgroups were folded from one dimension into two.
// Imported by every kernel: `//#import index`.
// Workgroup (x, y) is number x + y * num_workgroups.x; callers bound-check, the last row may be only partly needed.

fn flat_group(group: vec3<u32>, groups: vec3<u32>) -> u32 {
  return group.x + group.y * groups.x;
}

fn flat_thread(group: vec3<u32>, groups: vec3<u32>, local: u32, size: u32) -> u32 {
  return flat_group(group, groups) * size + local;
}
