/**
 * Replaces regions of a shader, each from `//#begin name` to `//#end`. What stands there is a working example, so that
 * the file compiles as it is.
 * @throws Error if the shader has no such region
 */
export function fillRegions(source: string, regions: Readonly<Record<string, string>>): string {
  let filled = source;
  for (const [name, text] of Object.entries(regions)) {
    const begin = `//#begin ${name}\n`;
    const from = filled.indexOf(begin);
    const to = filled.indexOf('//#end', from);
    if (from < 0 || to < 0) throw new Error(`shader template has no region '${name}'`);
    filled = `${filled.slice(0, from)}${text}\n${filled.slice(to + '//#end'.length)}`;
  }
  return filled;
}
