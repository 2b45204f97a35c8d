/** A name that no adapter has. */
const NOBODY = 'none of these';

/** An adapter that Dawn can be asked for, or why it cannot. */
export type Numbered = { readonly name: string } | { readonly problem: string };

/**
 * The adapter of a number, counted from 0 as the drivers have them. Dawn takes names only, and gives the first adapter whose name
 * contains one.
 * @param asking what asks Dawn for an adapter by name: for one that is not there it names those that are, in an error
 */
export async function numbered(index: number, asking: (name: string) => Promise<unknown>): Promise<Numbered> {
  const said = await asking(NOBODY).then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return choose(index, namesIn(said));
}

/** Names of adapters in what Dawn says, as in " * backend: 'vulkan', name: 'NVIDIA A100'". */
export const namesIn = (said: string): string[] =>
  [...said.matchAll(/^ \* backend: '[^']*', name: '(.*)'$/gm)].map(([, name]) => name);

/** The adapter of a number among names. */
export function choose(index: number, names: readonly string[]): Numbered {
  const name = names[index];
  if (name === undefined) {
    const all = names.map((known, i) => `${i} ${known}`).join(', ') || 'none';
    return { problem: `there is no adapter ${index}; those that are there: ${all}` };
  }
  const first = names.findIndex((known) => known.includes(name));
  if (first === index) return { name };
  return {
    problem: `adapter ${index}, ${name}, cannot be told from adapter ${first} by its name, which is all that Dawn takes; show each process one GPU only, as by a container with --gpus device=${index}`,
  };
}
