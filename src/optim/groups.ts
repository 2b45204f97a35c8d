import { renamed } from '../nn/unlisted';
import { ArgumentError, shown } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { OptimizerError } from './guard';

const A_MAP = "a Map of names to tensors, such as net.parameters() or new Map([['w', w]])";
const GROUPS = `${A_MAP}, or groups of them, such as [{ params: net.parameters(), lr: 0.1 }]`;

/** Options of some parameters; those that are left out are the optimiser's. */
export type GroupOptions<Options> = Partial<Options> & { readonly params: ReadonlyMap<string, Tensor> };

/** What an optimiser learns: parameters by their names, or groups of them with options of their own, as in PyTorch. */
export type Params<Options> = ReadonlyMap<string, Tensor> | readonly GroupOptions<Options>[];

/**
 * Some of an optimiser's parameters, and their options. What is not `readonly` may be changed between steps; steps that
 * were captured follow.
 */
export interface ParamGroup {
  /** By their names. In a list of groups these begin with the group's number, as in '1.weight'. */
  readonly params: ReadonlyMap<string, Tensor>;
  /** Learning rate. */
  lr: number;
  /** Share of the parameter that is added to its gradient, or by AdamW taken from the parameter. */
  weightDecay: number;
  /** What schedules count from: the rate when the first of them was made. */
  initialLr?: number;
  /** What stays of the last step's change, where the optimiser has it. */
  momentum?: number;
  /** Decay rates of moments, where the optimiser has them. */
  betas?: readonly [number, number];
}

/** A group's options as plain JSON. */
export type GroupState = Readonly<Record<string, number | boolean | readonly number[]>>;

/**
 * @param complete fills options that were left out, and checks them; told what to call the group in messages
 * @throws ArgumentError unless these are parameters or groups; OptimizerError where there is no group; what `complete` throws
 */
export function groupsOf<Options extends object, Settings>(
  optimizer: string,
  params: Params<Options>,
  options: Options,
  complete: (name: string, options: Options) => Settings,
): (Settings & Pick<ParamGroup, 'params'>)[] {
  if (!isList(params)) {
    if (!(params instanceof Map)) throw new ArgumentError(optimizer, 'parameters', shown(params), GROUPS);
    return [{ ...complete(optimizer, options), params }];
  }
  if (params.length === 0) throw new OptimizerError(`${optimizer}: there is no group, expected one or more`);
  return params.map(({ params: own, ...more }, number) => {
    const name = `${optimizer}, group ${number}`;
    if (!(own instanceof Map)) throw new ArgumentError(name, 'params', shown(own), A_MAP);
    const numbered = [...own].map(([parameter, tensor]) => [`${number}.${parameter}`, tensor] as const);
    const settings = complete(name, { ...options, ...given(more) });
    return { ...settings, params: renamed(own, new Map(numbered)) };
  });
}

function isList<Options>(params: Params<Options>): params is readonly GroupOptions<Options>[] {
  const isGroup = (one: unknown) => typeof one === 'object' && one !== null && 'params' in one;
  return Array.isArray(params) && params.every(isGroup);
}

/** Options but for those that are undefined. */
const given = <Options extends object>(options: Options): Partial<Options> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<Options>;

/** All of a group but its parameters. */
export function stateOf({ params: _, ...options }: ParamGroup): GroupState {
  const known = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(known);
}

/** @throws OptimizerError if these are not options of the groups */
export function checkStates(groups: readonly ParamGroup[], states: readonly GroupState[]): void {
  if (states.length !== groups.length) {
    throw new OptimizerError(
      `loadState: the state has ${states.length} groups, this optimiser has ${groups.length}; the state is of another optimiser`,
    );
  }
  for (const [number, group] of groups.entries()) {
    const own: GroupState = { initialLr: group.lr, ...stateOf(group) };
    for (const [name, value] of Object.entries(states[number])) {
      if (fits(value, own[name])) continue;
      const known = Object.hasOwn(own, name) ? `, here it is ${JSON.stringify(own[name])}` : '';
      throw new OptimizerError(
        `loadState: ${name} of group ${number} is ${JSON.stringify(value)}${known}; the state is of another optimiser`,
      );
    }
  }
}

/** Whether a value may stand in another's place. What decides on kernels and moments cannot change. */
function fits(value: unknown, own: GroupState[string] | undefined): boolean {
  if (Array.isArray(value))
    return Array.isArray(own) && value.length === own.length && value.every((one, i) => fits(one, own[i]));
  if (typeof value === 'number') return typeof own === 'number' && value >= 0;
  return value === own && typeof own === 'boolean';
}
