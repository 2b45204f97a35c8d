import { doorsSoak } from './doors/doors';
import { filesSoak } from './files/files';
import type { Soak } from './kind';

/** All kinds of `npm run soak`. Each has a short form in `npm test`: NAME/NAME.test.ts. */
export const SOAKS: readonly Soak[] = [filesSoak, doorsSoak];
