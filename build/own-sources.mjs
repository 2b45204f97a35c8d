import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Takes the texts of other packages out of source maps, where they are most of it. Ours, which are published nowhere else, stay. */
export async function keepOwnSources(folder) {
  const names = await readdir(folder, { recursive: true });
  for (const name of names.filter((name) => name.endsWith('.map'))) {
    const path = join(folder, name);
    const map = JSON.parse(await readFile(path, 'utf8'));
    map.sourcesContent = map.sourcesContent?.map((text, i) =>
      map.sources[i].includes('node_modules/') ? null : text,
    );
    await writeFile(path, JSON.stringify(map));
  }
}
