/** WebGPU's flag values, fixed by the standard, so that no host has to provide the globals that hold them. */
export const BUFFER_USAGE = {
  MAP_READ: 0x0001,
  COPY_SRC: 0x0004,
  COPY_DST: 0x0008,
  UNIFORM: 0x0040,
  STORAGE: 0x0080,
  QUERY_RESOLVE: 0x0200,
} as const;
export const TEXTURE_USAGE = { COPY_DST: 0x02, STORAGE_BINDING: 0x08 } as const;
export const MAP_READ = 0x0001;
