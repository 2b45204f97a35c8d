import { Dropout, type Linear, Sequential } from '../nn/layers';
import { Module } from '../nn/module';
import { globalAvgPool2d } from '../ops/pool/avg';
import { flatten } from '../ops/reshape';
import type { Tensor } from '../tensor/tensor';
import type { Classifier } from './classifier';

/** `features`, a mean over what is left of the map, and a linear `classifier`. A dropout may stand before it. */
export class FeatureNet extends Module implements Classifier {
  /** [N, C, H, W] → [N, features, H', W'] */
  readonly features: Sequential;
  /** [N, features] → [N, classes] */
  readonly classifier: Linear | Sequential;
  /** Hidden by #: any other field would be listed among the modules, a second time. */
  readonly #head: Linear;

  constructor(features: Sequential, head: Linear, dropout = 0) {
    super();
    this.features = features;
    this.classifier = dropout > 0 ? new Sequential(new Dropout(dropout), head) : head;
    this.#head = head;
  }

  /** The last layer. */
  get head(): Linear {
    return this.#head;
  }

  forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(globalAvgPool2d(this.features.forward(x)), 1));
  }
}
