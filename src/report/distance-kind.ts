/** The two distances between tasks, by their names in results. */
export const DISTANCE_KINDS = ['logdet', 'frechet'] as const;
export type DistanceKind = (typeof DISTANCE_KINDS)[number];

export const DISTANCE_NAMES: Readonly<Record<DistanceKind, string>> = {
  logdet: 'Log-det',
  frechet: 'Fréchet',
};

/** What a target's Fisher information may be taken on: training images kept for it, or test images. */
export const FISHER_IMAGES = ['held-out', 'test'] as const;
export type FisherImages = (typeof FISHER_IMAGES)[number];

export const FISHER_IMAGES_NAMES: Readonly<Record<FisherImages, string>> = {
  'held-out': 'training images that nothing trained on',
  test: 'test images',
};
