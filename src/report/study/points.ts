import type { Ends } from './arms';

/** A difference of shares in percentage points: '-0.42'. */
export const formatPoints = (share: number): string => {
  const text = (100 * share).toFixed(2);
  return text === '-0.00' ? '0.00' : text;
};

export const formatPointEnds = ([low, high]: Readonly<Ends>): string =>
  `${formatPoints(low)} to ${formatPoints(high)}`;
