import { doorsSoak } from './doors/doors';
import { filesSoak } from './files/files';
import { killSoak } from './kill/kill';
import type { Soak } from './kind';
import { leaksSoak } from './leaks/leaks';
import { lostSoak } from './lost/lost';
import { memorySoak } from './memory/memory';
import { numbersSoak } from './numbers/numbers';

/** All kinds of `npm run soak`. Each has a short form in `npm test`: NAME/NAME.test.ts. */
export const SOAKS: readonly Soak[] = [
  killSoak,
  lostSoak,
  memorySoak,
  filesSoak,
  leaksSoak,
  doorsSoak,
  numbersSoak,
];
