/** WebGPU's flags: their globals are not there where there is no WebGPU, and reading them would throw. */
export const BUFFER_USAGE = { MAP_READ: 1, COPY_DST: 8, VERTEX: 32, UNIFORM: 64 } as const;
export const TEXTURE_USAGE = { COPY_SRC: 1, RENDER_ATTACHMENT: 16 } as const;
export const MAP_READ = 1;
