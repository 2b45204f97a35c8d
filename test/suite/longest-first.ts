import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, at the beginning of a path: begun last, one of them would keep one worker busy while the others rest. */
export const LONGEST = [
  'test/browser/ops.test.ts',
  'test/ops/',
  'test/models/',
  'test/nas/',
  'test/browser/demo-',
  'test/cli/',
  'test/fisher/',
] as const;

/** Slow files before fast ones, and each in the order of the list, then as vitest has it: by their last time, or size. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification) => {
      if (project.name === 'fast') return LONGEST.length + 1;
      const place = LONGEST.findIndex((start) => moduleId.includes(`/${start}`));
      return place < 0 ? LONGEST.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
