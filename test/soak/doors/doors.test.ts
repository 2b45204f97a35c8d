import { test } from 'vitest';
import { shortly } from '../shortly';
import { doorsSoak } from './doors';

test('doors › malformed requests and many connections leave the demo’s server up', () =>
  shortly(doorsSoak, 0.04));
