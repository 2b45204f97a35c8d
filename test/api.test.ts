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
  models: ['NN1', 'NN2', 'NN3', 'smallCifarNet', 'encode', 'load'],
  fisher: [
    'diagonal',
    'normalize',
    'logDetDistance',
    'frechetDistance',
    'shareBelow',
    'matchHead',
    'renameLabels',
    'alignHead',
    'withoutHead',
    'distanceMatrix',
    'closestTask',
  ],
  nas: [
    'fuse',
    'randomSearch',
    'CellNetwork',
    'OPERATIONS',
    'defineOperation',
    'search',
    'standardSpace',
    'taskAwareSpace',
    'trainWinner',
    'score',
    'Table',
    'replay',
  ],
  data: [
    'DeviceImages',
    'DeviceSamples',
    'batches',
    'fromArrays',
    'split',
    'statistics',
    'subset',
    'whole',
    'parseIdx',
    'encodeSafetensors',
    'decodeSafetensors',
  ],
  tasks: ['mnistTasks', 'taskSplit', 'holdout', 'numClasses'],
  training: ['fit', 'evaluate', 'warmUp'],
} as const;

const NODE_ONLY = {
  data: ['loadMnist', 'loadDataset', 'recognise', 'defineDataset', 'makeDataset'],
  training: ['saveTensors', 'loadTensors'],
  models: ['save'],
  nas: ['readDictionary', 'readTable'],
} as const;

/** What a namespace of a module exports. */
const members = (api: object, namespace: string): string[] =>
  Object.keys((Object.entries(api).find(([name]) => name === namespace)?.[1] as object | undefined) ?? {});

test.each([
  ['Node', node],
  ['browsers', browser],
])('the public names are there in %s', (_, api) => {
  const functions = ['openGpu', 'backward', 'grad', 'noGrad', 'Tensor', 'exportOnnx', 'GpuUnavailableError'];
  expect(Object.keys(api)).toEqual(expect.arrayContaining(functions));
  for (const [namespace, names] of Object.entries(CONTRACT)) {
    expect(members(api, namespace), namespace).toEqual(expect.arrayContaining([...names]));
  }
});

test('what reads and writes files is there in Node only', () => {
  for (const name of ['benchKernel', 'readShader', 'KernelError']) {
    expect(Object.keys(node)).toContain(name);
    expect(Object.keys(browser)).not.toContain(name);
  }
  for (const [namespace, names] of Object.entries(NODE_ONLY)) {
    expect(members(node, namespace)).toEqual(expect.arrayContaining([...names]));
    for (const name of names) expect(members(browser, namespace)).not.toContain(name);
  }
});
