/** ONNX models of a few nodes, written as protobuf (onnx.proto3, IR version 10). */

/** Numbers of protobuf's wire types. */
const [varintType, bytesType, fixedType] = [0, 2, 5]

/** Numbers of ONNX's element and attribute types. */
const elementTypes = { float32: 1, int64: 7 } as const
const attributeTypes = { float: 1, int: 2, ints: 7 } as const

export interface OnnxValue {
  readonly name: string
  readonly dtype: keyof typeof elementTypes
  readonly shape: readonly number[]
}

export interface OnnxNode {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Whole numbers and lists of them. */
  readonly integers?: { readonly [name: string]: number | readonly number[] }
  readonly floats?: { readonly [name: string]: number }
}

/** A value that is part of the model. */
export interface OnnxConstant extends OnnxValue {
  readonly data: readonly number[]
}

export interface OnnxModel {
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly constants?: readonly OnnxConstant[]
  readonly nodes: readonly OnnxNode[]
}

/** The bytes of a model for operator set 20. */
export function onnxModel({ inputs, outputs, constants = [], nodes }: OnnxModel): Uint8Array {
  const graph = [
    ...nodes.map((node) => message(1, nodeMessage(node))),
    text(2, "bench"),
    ...constants.map((constant) => message(5, constantMessage(constant))),
    ...inputs.map((value) => message(11, valueMessage(value))),
    ...outputs.map((value) => message(12, valueMessage(value))),
  ].flat()
  const operators = [...text(1, ""), ...integer(2, 20)]
  return Uint8Array.from([...integer(1, 10), ...message(7, graph), ...message(8, operators)])
}

function nodeMessage({ operator, inputs, outputs, integers = {}, floats = {} }: OnnxNode) {
  const attributes = [
    ...Object.entries(integers).map(([name, value]) =>
      typeof value === "number"
        ? [...text(1, name), ...integer(3, value), ...integer(20, attributeTypes.int)]
        : [
            ...text(1, name),
            ...value.flatMap((one) => integer(8, one)),
            ...integer(20, attributeTypes.ints),
          ],
    ),
    ...Object.entries(floats).map(([name, value]) => [
      ...text(1, name),
      ...float(2, value),
      ...integer(20, attributeTypes.float),
    ]),
  ]
  return [
    ...inputs.flatMap((name) => text(1, name)),
    ...outputs.flatMap((name) => text(2, name)),
    ...text(4, operator),
    ...attributes.flatMap((attribute) => message(5, attribute)),
  ]
}

function valueMessage({ name, dtype, shape }: OnnxValue): number[] {
  const extents = shape.flatMap((extent) => message(1, integer(1, extent)))
  const tensor = [...integer(1, elementTypes[dtype]), ...message(2, extents)]
  return [...text(1, name), ...message(2, message(1, tensor))]
}

function constantMessage({ name, dtype, shape, data }: OnnxConstant): number[] {
  const raw =
    dtype === "float32"
      ? new Uint8Array(Float32Array.from(data).buffer)
      : new Uint8Array(BigInt64Array.from(data, BigInt).buffer)
  return [
    ...shape.flatMap((extent) => integer(1, extent)),
    ...integer(2, elementTypes[dtype]),
    ...text(8, name),
    ...message(9, [...raw]),
  ]
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest > 127) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  return [...bytes, rest]
}

function integer(field: number, value: number): number[] {
  return [...varint(field * 8 + varintType), ...varint(value)]
}

function float(field: number, value: number): number[] {
  return [...varint(field * 8 + fixedType), ...new Uint8Array(Float32Array.of(value).buffer)]
}

function message(field: number, bytes: readonly number[]): number[] {
  return [...varint(field * 8 + bytesType), ...varint(bytes.length), ...bytes]
}

function text(field: number, value: string): number[] {
  return message(field, [...new TextEncoder().encode(value)])
}
