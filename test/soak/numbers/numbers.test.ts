import { test } from 'vitest';
import { shortly } from '../shortly';
import { numbersSoak } from './numbers';

test('numbers › runs in one process and in two give the same bits', () => shortly(numbersSoak, 1));
