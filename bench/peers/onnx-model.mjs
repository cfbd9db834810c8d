/** ONNX models of a single node, written by hand: the protobuf wire format needs a dozen lines for what is used here. */

const encoder = new TextEncoder();

function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

/** Field of wire type 0 (number) or 2 (string, or bytes of a nested message). */
function field(number, value) {
  if (typeof value === "number") return [...varint(number << 3), ...varint(value)];
  const bytes = typeof value === "string" ? [...encoder.encode(value)] : value;
  return [...varint((number << 3) | 2), ...varint(bytes.length), ...bytes];
}

function float32Field(number, value) {
  return [...varint((number << 3) | 5), ...new Uint8Array(new Float32Array([value]).buffer)];
}

/** A graph input or output: f32 of the given shape. */
function valueInfo(name, shape) {
  const dims = shape.flatMap((extent) => field(1, field(1, extent)));
  return [...field(1, name), ...field(2, field(1, [...field(1, 1), ...field(2, dims)]))];
}

function attribute(name, value) {
  if (typeof value === "string") return [...field(1, name), ...field(4, value), ...field(20, 3)];
  return Number.isInteger(value)
    ? [...field(1, name), ...field(3, value), ...field(20, 2)]
    : [...field(1, name), ...float32Field(2, value), ...field(20, 1)];
}

/**
 * @param {{ op: string, domain?: string, inputs: Record<string, number[]>, output: number[], state?: number[],
 *           attributes?: Record<string, number | string> }} node
 * @returns {Uint8Array} the model; its output is called "out", a second one "state"
 */
export function onnxModel({ op, domain = "", inputs, output, state, attributes = {} }) {
  const outputs = { out: output, ...(state ? { state } : {}) };
  const node = [
    ...Object.keys(inputs).flatMap((name) => field(1, name)),
    ...Object.keys(outputs).flatMap((name) => field(2, name)),
    ...field(4, op),
    ...Object.entries(attributes).flatMap(([name, value]) => field(5, attribute(name, value))),
    ...field(7, domain),
  ];
  const graph = [
    ...field(1, node),
    ...field(2, "bench"),
    ...Object.entries(inputs)
      .filter(([name]) => name)
      .flatMap(([name, shape]) => field(11, valueInfo(name, shape))),
    ...Object.entries(outputs).flatMap(([name, shape]) => field(12, valueInfo(name, shape))),
  ];
  const opset = (name, version) => field(8, [...field(1, name), ...field(2, version)]);
  return Uint8Array.from([...field(1, 8), ...field(7, graph), ...opset("", 17), ...opset("com.microsoft", 1)]);
}
