import { test } from 'vitest';
import { shortly } from '../shortly';
import { killSoak } from './kill';

test('kill › a run that is killed twice ends bit for bit as undisturbed', () => shortly(killSoak, 0.04));
