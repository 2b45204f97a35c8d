import { Linear } from '../nn/layers';
import { Module } from '../nn/module';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import type { Classifier } from './classifier';

const OUTPUTS = 10;

/**
 * A network of ten outputs, and a linear layer from those to the classes of a task, without anything between: as the public
 * programs of Le et al. have VGG-16, ResNet-18 and DenseNet-121 learn a task.
 * Source: lephuoccat/log-det-distance-NAS, log_det_distance.py.
 */
export class TenOutputs extends Module implements Classifier {
  readonly net: Classifier;
  readonly classifier: Linear;

  /** @param make the network, for so many classes */
  constructor(gpu: Gpu, classes: number, make: (classes: number) => Classifier) {
    super();
    this.net = make(OUTPUTS);
    this.classifier = new Linear(gpu, OUTPUTS, classes);
  }

  get head(): Linear {
    return this.classifier;
  }

  forward(x: Tensor): Tensor {
    return this.classifier.forward(this.net.forward(x));
  }
}
