import { writeFileAtomic } from '../../data/files.node';
import type { Genotype } from '../../nas/genotype';
import { effectOf } from '../../nas/operations/defined';
import { cellSvg } from '../../report/cell';

/** Writes a genotype beside the run's results: `path`.json, `path`.svg, and `path`-reduction.svg where it has one. */
export async function writeGenotype(path: string, genotype: Genotype): Promise<void> {
  const { reduction } = genotype;
  await writeFileAtomic(`${path}.json`, JSON.stringify(genotype, null, 2));
  await writeFileAtomic(`${path}.svg`, cellSvg(genotype, effectOf));
  if (!reduction) return;
  await writeFileAtomic(
    `${path}-reduction.svg`,
    cellSvg({ ...genotype, edges: reduction }, effectOf, 'Reduction cell'),
  );
}
