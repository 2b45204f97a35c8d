import type { Kind } from '../kind';

/** Every kind of job that taskgrad's own plans ask for: what workers know. */
export const KINDS: readonly Kind[] = [];
