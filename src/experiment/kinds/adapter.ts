import { z } from 'zod';
import { adapterSchema } from '../../report/results';
import { defineKind } from '../kind';

/** What jobs are done on, in words: who plans need not have a GPU. */
export const adapterKind = defineKind({
  name: 'adapter',
  version: 1,
  check: (value) => z.strictObject({ ...adapterSchema.shape }).parse(value),
  run: async ({ gpu }, _: Record<string, never>) => {
    const { kind, description, software } = gpu.adapter;
    return { value: { kind, description, software } };
  },
});
