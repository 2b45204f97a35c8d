import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Ref, ref } from '../reference/ref';

const tensor = z
  .strictObject({ shape: z.array(z.int()), data: z.array(z.number()) })
  .transform(({ shape, data }): Ref => ref(shape, data));
const tensors = z.record(z.string(), tensor);
const pair = z.tuple([z.number(), z.number()]);
const none = z.strictObject({});

/** One op's cases, by what they were made with. */
const made = <Op extends string, Options extends z.ZodType>(op: Op, options: Options) =>
  z.strictObject({
    name: z.string(),
    op: z.literal(op),
    inputs: tensors,
    options,
    output: tensor,
    /** Named results beside the main one: running statistics, a Fisher diagonal. */
    outputs: tensors.default({}),
    /** Cotangent of `output`; only where there are `grads`. */
    gradOutput: tensor.optional(),
    grads: tensors.default({}),
  });

const golden = <Case extends z.ZodType>(cases: Case) =>
  z.strictObject({ torch: z.string(), cases: z.array(cases) });

const layer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('Linear'), inFeatures: z.int(), outFeatures: z.int() }),
  z.strictObject({
    type: z.literal('Conv2d'),
    inChannels: z.int(),
    outChannels: z.int(),
    groups: z.int(),
    kernel: pair,
    stride: pair,
    padding: pair,
    dilation: pair,
    bias: z.boolean(),
  }),
  z.strictObject({ type: z.literal('BatchNorm2d'), features: z.int(), eps: z.number() }),
  z.strictObject({ type: z.literal('MaxPool2d'), kernel: pair }),
  z.strictObject({ type: z.literal('ReLU') }),
  z.strictObject({ type: z.literal('Tanh') }),
  z.strictObject({ type: z.literal('Flatten') }),
]);

/** Layer of a Fisher net: type and constructor arguments. Its parameters are inputs '<position>.weight' and so on. */
export type GoldenLayer = z.infer<typeof layer>;

const pool = { kernel: pair, stride: pair, padding: pair };
const axis = z.strictObject({ axis: z.int() });
const sgd = z.strictObject({
  lr: z.number(),
  momentum: z.number().optional(),
  nesterov: z.boolean().optional(),
  weightDecay: z.number().optional(),
});
const adam = z.strictObject({
  lr: z.number(),
  betas: pair.optional(),
  eps: z.number().optional(),
  weightDecay: z.number().optional(),
  amsgrad: z.boolean().optional(),
});
const reduced = { reduction: z.enum(['mean', 'sum', 'none']) };
const rmsprop = z.strictObject({
  lr: z.number(),
  alpha: z.number().optional(),
  eps: z.number().optional(),
  weightDecay: z.number().optional(),
  momentum: z.number().optional(),
  centered: z.boolean().optional(),
});
/** The optimiser's options, and each group's with the numbers of its tensors. */
const grouped = <Options extends z.ZodObject>(options: Options) =>
  z.strictObject({
    own: options.partial(),
    groups: z.array(z.strictObject({ options: options.partial(), tensors: z.array(z.int()) })),
  });
/** A layer by its class: what its constructor is given, its inputs, and its parameters by the names of the state dict. */
const layerCase = z.strictObject({
  name: z.string(),
  op: z.string(),
  inputs: tensors,
  options: z.strictObject({
    sizes: z.array(z.int()).optional(),
    shape: z.array(z.int()).optional(),
    /** Whether the output is the last state, and not that of each token. */
    last: z.literal(true).optional(),
    batchFirst: z.boolean().optional(),
    numLayers: z.int().optional(),
    bidirectional: z.boolean().optional(),
    bias: z.boolean().optional(),
    nonlinearity: z.enum(['tanh', 'relu']).optional(),
    dimFeedforward: z.int().optional(),
    dropout: z.number().optional(),
    activation: z.enum(['relu', 'gelu']).optional(),
    normFirst: z.boolean().optional(),
    padding: z.union([z.int(), z.literal('same')]).optional(),
    paddings: pair.optional(),
    dilations: pair.optional(),
    paddingMode: z.enum(['reflect', 'replicate', 'circular']).optional(),
    groups: z.int().optional(),
    stride: z.int().optional(),
    outputPadding: z.int().optional(),
    paddingIdx: z.int().optional(),
  }),
  output: tensor,
  gradOutput: tensor,
  grads: tensors,
});
const cell = z.strictObject({ channels: z.int(), affine: z.literal(false) });
const schedule = { lr: z.number(), epochs: z.int() };

const optimisers = golden(
z.discriminatedUnion('op', [
    made('SGD', sgd),
    made('Adam', adam),
    made('AdamW', adam),
    made('RMSprop', rmsprop),
  ]),
);

/** JSON has no word for infinity. */
const order = z.union([z.number(), z.literal('Infinity').transform(() => Infinity)]);
const eachOrAll = z.union([z.number(), z.array(z.number())]).optional();
const oneCycle = z.strictObject({
  maxLr: z.union([z.number(), z.array(z.number())]),
  totalSteps: z.int().optional(),
  epochs: z.int().optional(),
  stepsPerEpoch: z.int().optional(),
  pctStart: z.number().optional(),
  annealStrategy: z.enum(['cos', 'linear']).optional(),
  cycleMomentum: z.boolean().optional(),
  baseMomentum: eachOrAll,
  maxMomentum: eachOrAll,
  divFactor: z.number().optional(),
  finalDivFactor: z.number().optional(),
  threePhase: z.boolean().optional(),
});
const plateau = z.strictObject({
  mode: z.enum(['min', 'max']).optional(),
  factor: z.number().optional(),
  patience: z.int().optional(),
  threshold: z.number().optional(),
  thresholdMode: z.enum(['rel', 'abs']).optional(),
  cooldown: z.int().optional(),
  minLr: eachOrAll,
  eps: z.number().optional(),
});
const linear = z.strictObject({
  startFactor: z.number().optional(),
  endFactor: z.number().optional(),
  totalIters: z.int().optional(),
});
const sequence = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('LinearLR'), options: linear }),
  z.strictObject({
    op: z.literal('CosineAnnealingLR'),
    options: z.strictObject({ tMax: z.number(), etaMin: z.number().optional() }),
  }),
  z.strictObject({
    op: z.literal('StepLR'),
    options: z.strictObject({ stepSize: z.int(), gamma: z.number() }),
  }),
]);

const schemas = {
  'conv2d.json': golden(
    made('conv2d', z.strictObject({ stride: pair, padding: pair, dilation: pair, groups: z.int() })),
  ),
  'batchnorm.json': golden(
    made('batchNorm2d', z.strictObject({ training: z.boolean(), momentum: z.number(), eps: z.number() })),
  ),
  'pool.json': golden(
    z.discriminatedUnion('op', [
      made('maxPool2d', z.strictObject(pool)),
      made('avgPool2d', z.strictObject({ ...pool, countIncludePad: z.boolean() })),
      made('globalAvgPool2d', none),
    ]),
  ),
  'loss.json': golden(
    z.discriminatedUnion('op', [
      made(
        'crossEntropy',
        z.strictObject({ reduction: z.enum(['mean', 'sum', 'none']), ignoreIndex: z.int().optional() }),
      ),
      made('softmax', axis),
      made('logSoftmax', axis),
      made('logSumExp', axis),
    ]),
  ),
  'losses.json': golden(
    z.discriminatedUnion('op', [
      made('mse', z.strictObject(reduced)),
      made('l1', z.strictObject(reduced)),
      made('smoothL1', z.strictObject({ ...reduced, beta: z.number().optional() })),
      made('huber', z.strictObject({ ...reduced, delta: z.number().optional() })),
      made('bce', z.strictObject(reduced)),
      made('bceWithLogits', z.strictObject(reduced)),
      made(
        'klDiv',
        z.strictObject({
          reduction: z.enum(['mean', 'sum', 'none', 'batchmean']),
          logTarget: z.boolean(),
        }),
      ),
      made('nll', z.strictObject({ ...reduced, ignoreIndex: z.int().optional() })),
      made('cosineSimilarity', z.strictObject({ dim: z.int().optional(), eps: z.number().optional() })),
    ]),
  ),
  'activations.json': golden(
    z.discriminatedUnion('op', [
      made('relu', none),
      made('sigmoid', none),
      made('tanh', none),
      made('gelu', none),
    ]),
  ),
  'optim.json': optimisers,
  'optim-long.json': optimisers,
  'schedules.json': golden(
    z.discriminatedUnion('op', [
      made(
        'CosineAnnealingLR',
        z.strictObject({ ...schedule, tMax: z.number(), etaMin: z.number().optional() }),
      ),
      made('StepLR', z.strictObject({ ...schedule, stepSize: z.int(), gamma: z.number() })),
    ]),
  ),
  'rows.json': golden(
    z.discriminatedUnion('op', [
      made('layerNorm', z.strictObject({ normalizedShape: z.array(z.int()), eps: z.number() })),
      made('groupNorm', z.strictObject({ groups: z.int() })),
      made(
        'instanceNorm',
        z.strictObject({
          useInputStats: z.boolean(),
          momentum: z.number(),
          runningMean: z.array(z.number()),
          runningVar: z.array(z.number()),
        }),
      ),
      made('attention', z.strictObject({ isCausal: z.boolean() })),
      made('einsum', z.strictObject({ equation: z.string() })),
      made(
        'interpolate',
        z.strictObject({
          mode: z.enum(['nearest', 'linear', 'bilinear', 'bicubic', 'area']),
          size: z.array(z.int()).optional(),
          scaleFactor: z.array(z.number()).optional(),
          alignCorners: z.boolean().optional(),
        }),
      ),
      made('pixelShuffle', z.strictObject({ factor: z.int() })),
      made('pixelUnshuffle', z.strictObject({ factor: z.int() })),
      made('embedding', z.strictObject({ paddingIdx: z.int() })),
    ]),
  ),
  'optim-groups.json': golden(
    z.discriminatedUnion('op', [
      made('SGD', grouped(sgd)),
      made('Adam', grouped(adam)),
      made('AdamW', grouped(adam)),
      made('RMSprop', grouped(rmsprop)),
    ]),
  ),
  'clip.json': golden(
    made('clipGradNorm', z.strictObject({ maxNorm: z.number(), normType: order })),
  ),
  'rates.json': golden(
    z.discriminatedUnion('op', [
      made('LinearLR', linear),
      made('OneCycleLR', z.strictObject({ optimizer: z.enum(['SGD', 'Adam']), schedule: oneCycle })),
      made(
        'SequentialLR',
        z.strictObject({ schedules: z.array(sequence), milestones: z.array(z.number()) }),
      ),
      made('ReduceLROnPlateau', plateau),
    ]),
  ),
  'fisher.json': golden(
    z.discriminatedUnion('op', [
      made(
        'diagonal',
        z.strictObject({
          layers: z.array(layer),
          classes: z.int(),
          estimator: z.enum(['empirical', 'exact', 'batch', 'original']),
        }),
      ),
      made('logDetDistance', z.strictObject({ epsilon: z.number() })),
      made('frechetDistance', none),
    ]),
  ),
  'options.json': golden(
    z.strictObject({
      name: z.string(),
      op: z.string(),
      inputs: tensors,
      options: z.record(z.string(), z.unknown()),
      /** Of a pool: its kernel, or the size of its result. */
      size: z.unknown().optional(),
      output: tensor,
      outputs: tensors.default({}),
      gradOutput: tensor.optional(),
      grads: tensors.default({}),
    }),
  ),
  'arrange.json': golden(
    z.strictObject({
      name: z.string(),
      op: z.enum([
        'cumsum',
        'diag',
        'gather',
        'indexAdd',
        'min',
        'pad',
        'prod',
        'repeat',
        'roll',
        'scatter',
        'scatterAdd',
        'sort',
        'std',
        'tril',
        'var',
      ]),
      inputs: tensors,
      /** Arguments after the first tensor; '@name' stands for an input. */
      options: z.strictObject({ args: z.array(z.unknown()) }),
      output: tensor,
      outputs: tensors.default({}),
      gradOutput: tensor,
      grads: tensors,
    }),
  ),
  'layers.json': golden(layerCase),
  'cell.json': golden(
    z.discriminatedUnion('op', [
      made('conv_7x1_1x7', cell),
      made('sep_conv_3x3', cell),
      made('dil_conv_5x5', cell),
    ]),
  ),
};

type Schemas = typeof schemas;
type Golden = { [File in keyof Schemas]: z.output<Schemas[File]> };

const parsers: { [File in keyof Golden]: { parse(content: unknown): Golden[File] } } = schemas;

/** PyTorch's figures of one file under test/golden; its cases are told apart by `op`. Throws on another layout. */
export function readGolden<File extends keyof Golden>(file: File): Golden[File] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  return parsers[file].parse(JSON.parse(text));
}
