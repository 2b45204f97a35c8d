import { bytes, float, int, joined, message, type Pieces, text } from './protobuf';

/** Numbers of onnx.proto's TensorProto.DataType. */
const ELEMENTS = { float: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10, uint32: 12 } as const;
export type Element = keyof typeof ELEMENTS;

/** A number is an integer, unless it says that it is a float. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly element: Element };
export type Attributes = Readonly<Record<string, Attribute>>;

/** One operator of ONNX, with the names of what it reads and gives; '' for an input that is left out. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** A second tensor that it gives. */
  readonly second?: string;
  readonly attributes: Attributes;
}

/** A tensor that the file holds. */
export interface Initializer {
  readonly name: string;
  readonly element: Element;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/** What goes in or comes out. A length that is not fixed has a name. */
export interface Port {
  readonly name: string;
  readonly element: Element;
  readonly shape: readonly (number | string)[];
}

export interface Model {
  readonly producer: { readonly name: string; readonly version: string };
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly Port[];
  readonly output: Port;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Of opset 17; older runtimes know no newer one. */
const IR_VERSION = 8;
export const OPSET = 17;

/** The numbers are those of the fields in onnx.proto. */
export const encodeModel = ({ producer, metadata, ...graph }: Model): Uint8Array<ArrayBuffer> =>
  joined(
    [
      int(1, IR_VERSION),
      text(2, producer.name),
      text(3, producer.version),
      message(7, graphOf(graph)),
      message(8, [text(1, ''), int(2, OPSET)]),
      ...Object.entries(metadata).map(([key, value]) => message(14, [text(1, key), text(2, value)])),
    ].flat(),
  );

const graphOf = ({ nodes, initializers, inputs, output }: Omit<Model, 'producer' | 'metadata'>): Pieces[] => [
  ...nodes.map((node) => message(1, nodeOf(node))),
  text(2, 'network'),
  ...initializers.map((one) => message(5, tensorOf(one))),
  ...inputs.map((port) => message(11, portOf(port))),
  message(12, portOf(output)),
];

const nodeOf = ({ op, inputs, output, second, attributes }: Node): Pieces[] => [
  ...inputs.map((name) => text(1, name)),
  text(2, output),
  ...(second ? [text(2, second)] : []),
  text(3, output),
  text(4, op),
  ...Object.entries(attributes).map(([name, value]) => message(5, [text(1, name), ...attributeOf(value)])),
];

function attributeOf(value: Attribute): Pieces[] {
  if (typeof value === 'number') return [int(3, value), int(20, 2)];
  if (typeof value === 'string') return [text(4, value), int(20, 3)];
  if ('float' in value) return [float(2, value.float), int(20, 1)];
  if ('element' in value) return [int(3, ELEMENTS[value.element]), int(20, 2)];
  return [...value.map((one) => int(8, one)), int(20, 7)];
}

const tensorOf = ({ name, element, shape, data }: Initializer): Pieces[] => [
  ...shape.map((length) => int(1, length)),
  int(2, ELEMENTS[element]),
  text(8, name),
  bytes(9, [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]),
];

const portOf = ({ name, element, shape }: Port): Pieces[] => {
  const lengths = shape.map((length) =>
    message(1, [typeof length === 'number' ? int(1, length) : text(2, length)]),
  );
  return [text(1, name), message(2, [message(1, [int(1, ELEMENTS[element]), message(2, lengths)])])];
};
