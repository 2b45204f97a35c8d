/** The public `models`. */

export { makeNetwork, NETWORK_NAMES, type NetworkName } from './catalogue';
export type { Classifier, ClassifierOptions } from './classifier';
export { densenet121, densenet161 } from './densenet';
export type { FeatureNet } from './feature-net';
export { LstmClassifier, type LstmClassifierOptions } from './lstm-classifier';
export { mobileNetV2 } from './mobilenet';
export { type ResNet, resnet18, resnet34 } from './resnet';
export { NN1, NN2, NN3, type SeedNet, smallCifarNet } from './seed';
export { vgg11, vgg16 } from './vgg';
export { VisionTransformer, type VisionTransformerOptions } from './vision-transformer';
