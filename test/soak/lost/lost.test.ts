import { test } from 'vitest';
import { shortly } from '../shortly';
import { lostSoak } from './lost';

test('lost › a run that loses three devices ends bit for bit as undisturbed', () => shortly(lostSoak, 0.1));
