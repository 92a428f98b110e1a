/**
 * The bytes of an ONNX model of one node: y = Softmax(x) over the last axis, f32, opset 13. A message of Protocol Buffers is a
 * row of fields; the numbers are those of onnx.proto3.
 */
export function softmaxModel(): Uint8Array {
  const graph = message([
    text(2, "softmax"),
    field(1, message([text(1, "x"), text(2, "y"), text(4, "Softmax")])),
    field(11, matrix("x")),
    field(12, matrix("y")),
  ]);
  const opset = message([text(1, ""), number(2, 13)]);
  return Uint8Array.from(message([number(1, 7), field(7, graph), field(8, opset)]));
}

const FLOAT = 1;

/** A ValueInfoProto of rows × columns. */
function matrix(name: string): number[] {
  const dimensions = ["rows", "columns"].map((size) => field(1, text(2, size)));
  const tensor = message([number(1, FLOAT), field(2, message(dimensions))]);
  return message([text(1, name), field(2, field(1, tensor))]);
}

function message(fields: readonly number[][]): number[] {
  return fields.flat();
}

function text(key: number, value: string): number[] {
  return field(key, [...new TextEncoder().encode(value)]);
}

/** Bytes with their length. */
function field(key: number, bytes: readonly number[]): number[] {
  return [(key << 3) | 2, ...varint(bytes.length), ...bytes];
}

function number(key: number, value: number): number[] {
  return [key << 3, ...varint(value)];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}
