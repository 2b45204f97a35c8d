import { test } from 'vitest';
import { shortly } from '../shortly';
import { memorySoak } from './memory';

test('memory › thousands of steps, eager and captured, hold no more than hundreds', () =>
  shortly(memorySoak, 0.05));
