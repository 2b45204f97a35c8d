import { expect, test } from 'vitest';
import * as browser from '../src/browser';
import * as node from '../src/node';

/** The names that programs outside this repository import, by namespace. */
const CONTRACT = {
  ops: [
    ...[
      'add',
      'sub',
      'mul',
      'div',
      'neg',
      'exp',
      'log',
      'sqrt',
      'abs',
      'pow',
      'relu',
      'sigmoid',
      'tanh',
      'gelu',
    ],
    ...['maximum', 'clamp', 'where', 'sum', 'mean', 'max', 'argmax', 'logSumExp'],
    ...['reshape', 'permute', 'concat', 'slice', 'pad', 'flatten', 'matmul', 'linear', 'conv2d'],
    ...['maxPool2d', 'avgPool2d', 'globalAvgPool2d', 'batchNorm2d', 'softmax', 'logSoftmax', 'crossEntropy'],
    ...['dropout', 'embedding', 'gather', 'oneHot', 'randomCrop', 'randomFlip'],
  ],
  nn: [
    'Conv2d',
    'Linear',
    'BatchNorm2d',
    'MaxPool2d',
    'AvgPool2d',
    'ReLU',
    'Dropout',
    'Flatten',
    'Sequential',
    'init',
  ],
  optim: ['SGD', 'Adam', 'AdamW', 'CosineAnnealingLR', 'StepLR'],
  models: ['NN1', 'NN2', 'NN3', 'smallCifarNet'],
  fisher: ['diagonal', 'normalize', 'logDetDistance', 'frechetDistance', 'distanceMatrix', 'closestTask'],
  nas: [
    'fuse',
    'randomSearch',
    'CellNetwork',
    'OPERATIONS',
    'standardSpace',
    'taskAwareSpace',
    'trainWinner',
  ],
  data: ['DeviceImages', 'parseIdx', 'encodeSafetensors', 'decodeSafetensors'],
  tasks: ['mnistTasks', 'taskSplit', 'holdout', 'numClasses'],
  training: ['fit', 'evaluate', 'warmUp'],
} as const;

const NODE_ONLY = {
  data: ['loadMnist'],
  training: ['saveTensors', 'loadTensors'],
  nas: ['readDictionary'],
} as const;

test.each([
  ['Node', node],
  ['browsers', browser],
])('the public names are there in %s', (_, api) => {
  for (const name of ['openGpu', 'backward', 'grad', 'noGrad', 'Tensor', 'GpuUnavailableError'] as const) {
    expect(api[name], name).toBeTypeOf('function');
  }
  for (const [namespace, names] of Object.entries(CONTRACT)) {
    const members = Object.keys(api[namespace as keyof typeof CONTRACT]);
    expect(members, namespace).toEqual(expect.arrayContaining([...names]));
  }
});

test('what reads and writes files is there in Node only', () => {
  for (const [namespace, names] of Object.entries(NODE_ONLY)) {
    const key = namespace as keyof typeof NODE_ONLY;
    expect(Object.keys(node[key])).toEqual(expect.arrayContaining([...names]));
    for (const name of names) expect(Object.keys(browser[key])).not.toContain(name);
  }
});
