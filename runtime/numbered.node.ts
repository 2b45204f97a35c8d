import { gpusByModel, showing } from './pci.node';

/** A name that no adapter has. */
const NOBODY = 'none of these';

/** An adapter that Dawn can be asked for, in an environment that shows no equal ones, or why it cannot. */
export type Numbered =
  | { readonly name: string; readonly environment: Readonly<Record<string, string>> }
  | { readonly problem: string };

/** Asks Dawn for an adapter by name in an environment; for one that is not there it names those that are, in an error. */
type Asking = (name: string, environment: Readonly<Record<string, string>>) => Promise<unknown>;

/**
 * The adapter of a number, counted from 0 as the drivers have them. Dawn takes names only, and gives the first adapter whose name
 * contains one. Of equal ones all but one are hidden from it.
 */
export async function numbered(index: number, asking: Asking): Promise<Numbered> {
  const names = await namesThere(asking, {});
  const one = choose(index, names, gpusByModel());
  if ('problem' in one || Object.keys(one.environment).length === 0) return one;
  const isAlone = (await namesThere(asking, one.environment)).length === 1;
  return isAlone ? one : choose(index, names, []);
}

async function namesThere(asking: Asking, environment: Readonly<Record<string, string>>): Promise<string[]> {
  const said = await asking(NOBODY, environment).then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return namesIn(said);
}

/** Names of adapters in what Dawn says, as in " * backend: 'vulkan', name: 'NVIDIA A100'". */
export const namesIn = (said: string): string[] =>
  [...said.matchAll(/^ \* backend: '[^']*', name: '(.*)'$/gm)].map(([, name]) => name);

/**
 * The adapter of a number among names.
 * @param models addresses of the machine's GPUs, those of one model in one list: they tell equal names apart
 */
export function choose(
  index: number,
  names: readonly string[],
  models: readonly (readonly string[])[],
): Numbered {
  const name = names[index];
  if (name === undefined) {
    const all = names.map((known, i) => `${i} ${known}`).join(', ') || 'none';
    return { problem: `there is no adapter ${index}; those that are there: ${all}` };
  }
  const equals = names.filter((known) => known === name).length;
  const alike = equals > 1 ? models.filter((addresses) => addresses.length === equals) : [];
  if (alike.length === 1) {
    const before = names.slice(0, index).filter((known) => known === name).length;
    return { name, environment: showing(alike[0][before]) };
  }
  const first = names.findIndex((known) => known.includes(name));
  if (first === index) return { name, environment: {} };
  return {
    problem: `adapter ${index}, ${name}, cannot be told from adapter ${first} by its name, which is all that Dawn takes; show each process one GPU only: by a container with --gpus device=${index}, or by DRI_PRIME='pci-0000_41_00_0!' with its PCI address and Mesa's layer for the choice of devices`,
  };
}
