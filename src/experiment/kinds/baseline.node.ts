import { defineKind } from '../kind';
import { networkKind } from './network.node';

const { tail: _, ...training } = networkKind;

/** A hand-made network trained on the final budget, to be set beside what searches find; nothing waits for it. */
export const baselineKind = defineKind({ ...training, name: 'baseline' });
