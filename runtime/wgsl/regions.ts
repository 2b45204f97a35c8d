/**
 * Replaces regions of a shader, each from `//#begin name` or `//#unless name` to `//#end`. What stands there is a working
 * example, so that the file compiles as it is.
 * @throws Error if the shader has no such region
 */
export function fillRegions(source: string, regions: Readonly<Record<string, string>>): string {
  let filled = source;
  for (const [name, text] of Object.entries(regions)) {
    const begin = new RegExp(`//#(?:begin|unless) ${name}\n`).exec(filled);
    const to = filled.indexOf(END, begin?.index);
    if (!begin || to < 0) throw new Error(`shader template has no region '${name}'`);
    filled = `${filled.slice(0, begin.index)}${text}\n${filled.slice(to + END.length)}`;
  }
  return filled;
}

const END = '//#end';

/** The source, none of whose regions has to be filled any more. @throws Error, else */
export function filled(source: string): string {
  const name = /\/\/#begin (\w+)/.exec(source)?.[1];
  if (name === undefined) return source;
  throw new Error(
    `region '${name}' of a shader was not filled; a region that may stay begins with //#unless`,
  );
}
