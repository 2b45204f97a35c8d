import { useMemo } from 'preact/hooks';
import type { Genotype } from '../../nas/genotype';
import { cellSvg } from '../../report/cell';
import type { SearchState } from '../protocol';
import type { CellName } from './names';
import './fuse.css';

export type Effects = SearchState['effects'];

/** A cell as a picture. */
export function Cell({ genotype, effects, title }: { genotype: Genotype; effects: Effects; title: string }) {
  const svg = useMemo(
    () => cellSvg(genotype, (operation) => effects[operation], title),
    [genotype, effects, title],
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a picture that scrolls sideways must be reached by keyboard
    <section class="scroll cell" aria-label={title} tabIndex={0}>
      <div dangerouslySetInnerHTML={{ __html: svg }} />
    </section>
  );
}

/** A spot in a candidate's colour. */
export const Spot = ({ of }: { of: CellName | undefined }) =>
  of ? <span class="spot" aria-hidden="true" style={{ background: `var(${of.colour})` }} /> : null;
