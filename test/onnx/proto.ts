import protobuf from 'protobufjs';

/** What we write of onnx.proto (onnx 1.12, IR version 8), for a reader that is not ours. */
const SCHEMA = `
syntax = "proto2";
message ModelProto {
  optional int64 ir_version = 1;
  repeated OperatorSetIdProto opset_import = 8;
  optional string producer_name = 2;
  optional string producer_version = 3;
  optional GraphProto graph = 7;
  repeated StringStringEntryProto metadata_props = 14;
}
message StringStringEntryProto { optional string key = 1; optional string value = 2; }
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
message GraphProto {
  repeated NodeProto node = 1;
  optional string name = 2;
  repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11;
  repeated ValueInfoProto output = 12;
}
message NodeProto {
  repeated string input = 1;
  repeated string output = 2;
  optional string name = 3;
  optional string op_type = 4;
}
message TensorProto { repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8; optional bytes raw_data = 9; }
message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
message TypeProto { optional Tensor tensor_type = 1; }
message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
message TensorShapeProto { repeated Dimension dim = 1; }
message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }
`;

interface ReadPort {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly { dimValue?: number; dimParam?: string }[] };
    };
  };
}

/** A file, as protobufjs reads it. */
export interface ReadModel {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly node: readonly {
      readonly opType: string;
      readonly input: readonly string[];
      readonly output: readonly string[];
    }[];
    readonly initializer: readonly {
      readonly name: string;
      readonly dims: readonly number[];
      readonly rawData: Uint8Array;
    }[];
    readonly input: readonly ReadPort[];
    readonly output: readonly ReadPort[];
  };
}

export function readModel(file: Uint8Array): ReadModel {
  const type = protobuf.parse(SCHEMA).root.lookupType('ModelProto');
  return type.toObject(type.decode(file), { longs: Number, arrays: true }) as ReadModel;
}

/** Lengths of what goes in or comes out, as in ['N', 3]. */
export const lengthsOf = ({ type }: ReadPort): (string | number | undefined)[] =>
  type.tensorType.shape.dim.map(({ dimValue, dimParam }) => dimParam || dimValue);
