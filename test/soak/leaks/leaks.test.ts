import { test } from 'vitest';
import { shortly } from '../shortly';
import { leaksSoak } from './leaks';

test('leaks › GPUs that were disposed of leave nothing open', () => shortly(leaksSoak, 0.08));
