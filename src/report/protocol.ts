/** What a run follows: what is right, or what the public programs of Le et al. do, even where that is wrong. */
export const PROTOCOL_NAMES = ['corrected', 'original'] as const;
export type ProtocolName = (typeof PROTOCOL_NAMES)[number];
