import { writeFileAtomic } from '../../data/files.node';
import { cellSvg } from '../../report/cell';
import type { Genotype } from '../../report/results';

/** Writes a genotype beside the run's results: `path`.json, `path`.svg, and `path`-reduction.svg where it has one. */
export async function writeGenotype(path: string, genotype: Genotype): Promise<void> {
  const { reduction } = genotype;
  await writeFileAtomic(`${path}.json`, JSON.stringify(genotype, null, 2));
  await writeFileAtomic(`${path}.svg`, cellSvg(genotype));
  if (!reduction) return;
  await writeFileAtomic(
    `${path}-reduction.svg`,
    cellSvg({ ...genotype, edges: reduction }, 'Reduction cell'),
  );
}
