import {
  aNumber,
  anObject,
  aText,
  aWholeNumber,
  bytes,
  kind,
  listOf,
  oneOf,
  optional,
  options,
} from '../../../tensor/guard';
import type { Collected, OwnPictures, OwnReport, OwnSearch, OwnTrained } from '../../own/protocol';
import type { MatrixCell } from '../../protocol';
import { checkOf, floats, tensors } from '../records';
import type { HostTensors } from '../snapshot';

/** A network of own pictures as the browser keeps it, with the pictures that it was trained on. */
export interface OwnNetworkRecord {
  /** When it was trained, in milliseconds since 1970. */
  readonly at: number;
  readonly pictures: OwnPictures;
  readonly trained: OwnTrained;
  readonly weights: HostTensors;
}

/** What was measured and found with it. */
export interface OwnMeasured {
  /** When the network was trained that it is of. */
  readonly of: number;
  readonly fisher?: Extract<OwnReport, { type: 'fisher' }>;
  readonly cells?: readonly MatrixCell[];
  readonly search?: OwnSearch;
}

const PICTURE_BYTES = 3 * 28 * 28;
const aPicture = kind(
  `a picture of ${PICTURE_BYTES} bytes`,
  (value) => value instanceof Uint8Array && value.length === PICTURE_BYTES,
);
const classes = listOf('classes', options({ name: aText, pictures: listOf('pictures', aPicture) }));
const aNetwork = options({
  at: aNumber,
  pictures: options({
    classes: listOf('names', aText),
    channels: aWholeNumber,
    images: bytes,
    labels: bytes,
  }),
  trained: options({
    network: oneOf('smallCifarNet', 'NN2'),
    classes: listOf('names', aText),
    epochs: listOf('epochs', options({ loss: aNumber, accuracy: aNumber })),
    totalEpochs: aWholeNumber,
    images: anObject,
    testAccuracy: aNumber,
  }),
  weights: tensors,
});
const aLayer = options({
  ...{ name: aText, rows: aWholeNumber, columns: aWholeNumber, values: floats, share: aNumber },
});
const aMeasured = options({
  of: aNumber,
  fisher: optional(options({ layers: listOf('layers', aLayer), images: aWholeNumber })),
  cells: optional(
    listOf('cells', options({ source: aText, target: aText, logdet: aNumber, frechet: aNumber })),
  ),
  search: optional(options({ reason: aText, operations: listOf('operations', aText), effects: anObject })),
});

const aCollection = options({ collection: classes, seen: oneOf('grey', 'inverted', 'colour') });

export const checkCollected = checkOf<Collected>('pictures', aCollection);
export const checkOwnNetwork = checkOf<OwnNetworkRecord>('network', aNetwork);
export const checkOwnMeasured = checkOf<OwnMeasured>('measured', aMeasured);
