/** The two distances between tasks, by their names in results. */
export const DISTANCE_KINDS = ['logdet', 'frechet'] as const;
export type DistanceKind = (typeof DISTANCE_KINDS)[number];

export const DISTANCE_NAMES: Readonly<Record<DistanceKind, string>> = {
  logdet: 'Log-det',
  frechet: 'Fréchet',
};
