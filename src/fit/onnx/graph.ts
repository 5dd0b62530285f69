/** An ONNX graph being built: operations by name, constants, inputs and outputs. */

/** Element types by their numbers in TensorProto.DataType. */
export const elementTypes = { float: 1, int64: 7, string: 8, double: 11 } as const

export type ElementType = keyof typeof elementTypes

interface Tensor {
  readonly name: string
  readonly dims: readonly number[]
  readonly dataType: number
  /** The elements' bytes, little-endian. */
  readonly rawData: Uint8Array
}

/** Numbers, texts or lists of them; a whole number is an integer unless its name says `_f`. */
type Attribute = number | string | readonly number[] | readonly string[] | { readonly f: number }

interface Node {
  readonly opType: string
  readonly domain: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attribute: readonly object[]
}

interface Value {
  readonly name: string
  readonly type: object
}

/** Numbers of AttributeProto.AttributeType. */
const attributeTypes = { f: 1, i: 2, s: 3, ints: 7, strings: 8 } as const

const elements = {
  float: (values: ArrayLike<number>) => Float32Array.from(values),
  double: (values: ArrayLike<number>) => Float64Array.from(values),
  int64: (values: ArrayLike<number>) => BigInt64Array.from(Array.from(values, BigInt)),
} as const

export class OnnxGraph {
  readonly #nodes: Node[] = []
  readonly #constants: Tensor[] = []
  readonly #inputs: Value[] = []
  readonly #outputs: Value[] = []
  #count = 0

  /**
   * An input, of one cell for each row unless extents are given: [rows, …extents]. A name stands for
   * an extent that is known when the file is run.
   */
  input(name: string, type: ElementType, extents: readonly (number | string)[] = [1]): string {
    this.#inputs.push(valueOf(name, type, ["rows", ...extents]))
    return name
  }

  /** An output [rows, …extents]. */
  output(
    name: string,
    from: string,
    type: ElementType,
    ...extents: readonly (number | string)[]
  ): void {
    this.#nodes.push({
      opType: "Identity",
      domain: "",
      input: [from],
      output: [name],
      attribute: [],
    })
    this.#outputs.push(valueOf(name, type, ["rows", ...extents]))
  }

  constant(
    values: ArrayLike<number>,
    dims: readonly number[] = [values.length],
    type: "float" | "int64" | "double" = "float",
  ): string {
    const name = `c${this.#count++}`
    const rawData = new Uint8Array(elements[type](values).buffer)
    this.#constants.push({ name, dims, dataType: elementTypes[type], rawData })
    return name
  }

  /** Adds an operation and gives the name of its result. */
  add(
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = "",
  ): string {
    const name = `v${this.#count++}`
    const attribute = Object.entries(attributes).map(([key, value]) => attributeOf(key, value))
    this.#nodes.push({ opType, domain, input, output: [name], attribute })
    return name
  }

  /** The model as the message's fields. */
  toModel(documentation: string): object {
    return {
      irVersion: 8,
      producerName: "tradespace",
      docString: documentation,
      opsetImport: [
        { domain: "", version: 17 },
        { domain: "ai.onnx.ml", version: 3 },
      ],
      graph: {
        name: "network",
        node: this.#nodes,
        initializer: this.#constants,
        input: this.#inputs,
        output: this.#outputs,
      },
    }
  }
}

function valueOf(name: string, type: ElementType, shape: readonly (string | number)[]): Value {
  const dim = shape.map((extent) =>
    typeof extent === "string" ? { dimParam: extent } : { dimValue: extent },
  )
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } }
}

function attributeOf(name: string, value: Attribute): object {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  if (typeof value === "number") return { name, i: value, type: attributeTypes.i }
  if (typeof value === "string") return { name, s: bytes(value), type: attributeTypes.s }
  if ("f" in value) return { name, f: value.f, type: attributeTypes.f }
  if (isTexts(value)) return { name, strings: value.map(bytes), type: attributeTypes.strings }
  return { name, ints: value, type: attributeTypes.ints }
}

function isTexts(list: readonly (number | string)[]): list is readonly string[] {
  return list.every((each) => typeof each === "string")
}
