import * as z from 'zod';

/** Mean and sample standard deviation over seeds. The deviation of one seed is 0. */
export const spreadSchema = z.strictObject({ mean: z.number(), sd: z.number().nonnegative() });
export type Spread = z.infer<typeof spreadSchema>;

/** @throws RangeError on no values */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('spreadOf: no values, expected at least one');
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}

/** `1.20 ± 0.05`, both numbers written by `format`. */
export function formatSpread({ mean, sd }: Spread, format: (value: number) => string): string {
  return `${format(mean)} ± ${format(sd)}`;
}
