import { countText, type Effort, type Outcome, type Soak } from './kind';

/** Runs a kind for so long at most. `line` is the one line of figures that it ends with. */
export async function runSoak(
  soak: Soak,
  { seconds, ...effort }: Omit<Effort, 'isOver'> & { readonly seconds: number },
): Promise<Pick<Outcome, 'faults'> & { readonly line: string }> {
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const { figures, faults } = await soak.run({ ...effort, isOver: () => elapsed() > seconds });
  const verdict = faults.length === 0 ? 'all held' : `${countText(faults.length)} FAULTS`;
  return {
    faults,
    line: `${soak.name}: ${figures}; ${verdict}; seed ${effort.seed}, ${elapsed().toFixed(0)} s`,
  };
}
