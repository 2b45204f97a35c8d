import { doorsSoak } from './doors/doors';
import { killSoak } from './kill/kill';
import type { Soak } from './kind';
import { numbersSoak } from './numbers/numbers';

/** All kinds of `npm run soak`. Each has a short form in `npm test`: NAME/NAME.test.ts. */
export const SOAKS: readonly Soak[] = [doorsSoak, killSoak, numbersSoak];
