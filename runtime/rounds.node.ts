import { availableParallelism } from 'node:os';
import type { Rounds } from './host';
import { inRounds, ROUNDS } from './wgsl/rounds';

/** More of them save no time that one could measure. */
const MOST_ROUNDS = 8;
/** Workgroups that are left for each core, so that all cores are done at about the same time. */
const LEFT_PER_CORE = 16;

/**
 * lavapipe takes some 0.3 µs for each workgroup and 0.1 for each subgroup of it, in which it could copy two hundred numbers
 * (bench/README.md, 'What a workgroup costs'). So large dispatches have a workgroup of theirs do the work of up to eight.
 */
export function roundsOnCores(cores = availableParallelism()): Rounds {
  return {
    of: inRounds,
    own: (params) => {
      const members = params.members.filter(({ name }) => name !== ROUNDS);
      return members.length < params.members.length ? { ...params, members } : params;
    },
    share: ({ members }, { groups, uniforms }) => {
      if (members.at(-1)?.name !== ROUNDS) return { groups, uniforms };
      const each = Math.min(MOST_ROUNDS, Math.max(1, Math.floor(groups / (LEFT_PER_CORE * cores))));
      return { groups: Math.ceil(groups / each), uniforms: { ...uniforms, [ROUNDS]: [each, groups] } };
    },
  };
}
