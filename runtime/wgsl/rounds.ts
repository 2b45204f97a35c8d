import { MAX_UNIFORM_BYTES } from '../uniforms';
import { identifiers, splitTopLevel, takeAttributes, withoutComments } from './lexing';
import { paramsOf } from './params';
import { reachable, scan, type WgslModule } from './scan';

/** The member that a kernel in rounds has behind its own: how many rounds a workgroup makes, and how many there are. */
export const ROUNDS = 'taskgrad_rounds';
const WORD_BYTES = 4;

/** What threads of a workgroup share; and textures, whose readers have much to do in each workgroup. */
const UNFIT =
  /Barrier\b|\bworkgroupUniformLoad\b|<\s*workgroup\b|\bsubgroup\w|\bquad(?:Swap|Broadcast)|\btexture_/;
const LOOP = /\b(?:while|loop)\b|\bfor\s*\(\s*(?:var\s+(\w+))?[^;]*;([^;]*);/g;
/** What a round can be told of its place. */
const PLACES = ['workgroup_id', 'num_workgroups', 'local_invocation_id', 'local_invocation_index'];
const ENTRY = /^(.*?)\bfn\s+main\s*\((.*?)\)\s*(\{.*)$/s;

/** A built-in value that an entry point takes. */
interface Input {
  readonly builtin: string;
  readonly name: string;
  readonly type: string;
}

const GROUPS: Input = { builtin: 'num_workgroups', name: 'taskgrad_groups', type: 'vec3<u32>' };

/**
 * The text of a kernel whose workgroups do the work of several, one after another: as many as its uniforms say, by a
 * member of their own. Each round sees the place and the number of workgroups that it would have by itself.
 * @param code WGSL as it is compiled
 * @returns undefined for a kernel that cannot be had so, or gains nothing by it
 */
export function inRounds(code: string): string | undefined {
  if (UNFIT.test(code)) return undefined;
  const plain = withoutComments(code);
  const module = scan(plain);
  const main = module.text.get('main') ?? '';
  const [, head, parameters = '', body] = ENTRY.exec(main) ?? [];
  const params = [...module.bindings.values()].find(({ space }) => space === 'uniform');
  const struct = module.text.get(params?.type ?? '');
  const inputs = splitTopLevel(parameters, '<>').map(inputOf);
  const group = inputs.find(({ builtin }) => builtin === 'workgroup_id');
  if (head === undefined || !params || struct === undefined || !group) return undefined;
  if (inputs.some(({ builtin }) => !PLACES.includes(builtin)) || isLong(module) || keepsNumbers(module))
    return undefined;
  const uses = plain.match(new RegExp(`\\b${params.type}\\b`, 'g')) ?? [];
  if (uses.length > 2) return undefined; // somebody makes one, or lays out others behind it

  const groups = inputs.find(({ builtin }) => builtin === 'num_workgroups') ?? GROUPS;
  const [each, all] = ['x', 'y'].map((part) => `${params.name}.${ROUNDS}.${part}`);
  const told = (input: Input) => {
    if (input === group) return 'vec3<u32>(taskgrad_at, 0u, 0u)';
    return input === groups ? `vec3<u32>(${all}, 1u, 1u)` : input.name;
  };
  const typed = (some: Iterable<Input>, attribute: (input: Input) => string) =>
    [...some].map((input) => `${attribute(input)}${input.name}: ${input.type}`).join(', ');
  const entry = `fn taskgrad_round(${typed(inputs, () => '')}) ${body}

${head}fn main(${typed(new Set([...inputs, groups]), ({ builtin }) => `@builtin(${builtin}) `)}) {
  let taskgrad_first = (${group.name}.x + ${group.name}.y * ${groups.name}.x) * ${each};
  let taskgrad_end = min(taskgrad_first + ${each}, ${all});
  for (var taskgrad_at = taskgrad_first; taskgrad_at < taskgrad_end; taskgrad_at++) {
    taskgrad_round(${inputs.map(told).join(', ')});
  }
}`;
  const longer = struct.replace(/,?\s*\}$/, `, ${ROUNDS}: vec2<u32> }`);
  const rounds = plain.replace(struct, () => longer).replace(main, () => entry);
  return paramsOf(rounds).words * WORD_BYTES > MAX_UNIFORM_BYTES ? undefined : rounds;
}

function inputOf(parameter: string): Input {
  const { attributes, rest } = takeAttributes(parameter);
  const [name = '', type = ''] = rest.split(/\s*:\s*/);
  return { builtin: attributes.get('builtin') ?? '', name, type };
}

/** Whether a thread may have much to do: in a loop whose end no constant tells. */
const isLong = (module: WgslModule): boolean =>
  [...reachable(module, 'main')].some((name) =>
    [...(module.text.get(name) ?? '').matchAll(LOOP)].some(([, counter, end = 'unknown']) => {
      const names = identifiers(end.replace(/\b\d\w*/g, '')).filter((name) => name !== counter);
      return names.some((name) => !module.constants.has(name) && !module.overrides.has(name));
    }),
  );

/** Whether a variable of a thread may hold what a round left there. */
const keepsNumbers = ({ text }: WgslModule): boolean =>
  [...text].some(([name, declaration]) => {
    if (!/^var\s*<\s*private\b/.test(declaration)) return false;
    const set = new RegExp(`&\\s*${name}\\b|\\b${name}\\s*(?:\\.|\\[|\\+\\+|--|[-+*/%&|^<>]*=(?!=))`);
    return [...text].some(([other, where]) => other !== name && set.test(where));
  });
