/** How much memory a value holds. */

/**
 * Bytes in V8 (Node 24, 64 bits, compressed pointers off): measured as growth of the heap over
 * 100 000 like values, rounded up. Other engines differ by some tens of percent.
 */
export const valueBytes = {
  number: 16,
  string: 24,
  bigint: 24,
  object: 32,
  property: 16,
  array: 48,
  element: 8,
  /** Maps and sets have room for a power of two of entries. */
  collection: 72,
  mapEntry: 28,
  setItem: 20,
  typedArray: 200,
  /** Dates, regular expressions, functions, promises: what can't be looked into. */
  other: 128,
} as const

/**
 * Bytes that a value holds, with all that it alone refers to; what it refers to twice is counted
 * once. What closures, `#private` fields and the platform's own objects hold can't be seen: they
 * count as a fixed small size.
 */
export function sizeOf(value: unknown): number {
  const seen = new Set<object>()
  const open: object[] = []
  let bytes = leaf(value, open)
  for (let object = open.pop(); object !== undefined; object = open.pop()) {
    if (seen.has(object)) continue
    seen.add(object)
    bytes += own(object, open)
  }
  return bytes
}

/** Bytes of what is no object; objects wait in `open`. */
function leaf(value: unknown, open: object[]): number {
  switch (typeof value) {
    case "number":
      return isSmall(value) ? 0 : valueBytes.number
    case "string":
      return stringBytes(value)
    case "bigint":
      return valueBytes.bigint + Math.ceil(value.toString(16).length / 2)
    case "object":
      if (value !== null) open.push(value)
      return 0
    case "function":
      return valueBytes.other
    default:
      return 0
  }
}

function own(object: object, open: object[]): number {
  if (ArrayBuffer.isView(object)) {
    open.push(object.buffer)
    return valueBytes.typedArray / 2
  }
  if (object instanceof ArrayBuffer) return valueBytes.typedArray / 2 + object.byteLength
  // Shared memory is there whether or not this value refers to it.
  if (typeof SharedArrayBuffer !== "undefined" && object instanceof SharedArrayBuffer) return 0
  let bytes = 0
  if (object instanceof Map) {
    bytes += valueBytes.collection + valueBytes.mapEntry * roomFor(object.size)
    for (const [key, item] of object) bytes += leaf(key, open) + leaf(item, open)
    return bytes
  }
  if (object instanceof Set) {
    bytes += valueBytes.collection + valueBytes.setItem * roomFor(object.size)
    for (const item of object) bytes += leaf(item, open)
    return bytes
  }
  if (Array.isArray(object)) {
    bytes += valueBytes.array + valueBytes.element * object.length
    for (const item of object) bytes += typeof item === "number" ? 0 : leaf(item, open)
    return bytes
  }
  const values: unknown[] = Object.values(object)
  bytes += isPlain(object) ? valueBytes.object : valueBytes.other
  bytes += valueBytes.property * values.length
  for (const item of values) bytes += leaf(item, open)
  return bytes
}

function roomFor(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(4, size)))
}

/** Engines keep a character in one byte where all of a string's characters fit one. */
function stringBytes(text: string): number {
  const width = /[\u0100-\uffff]/.test(text) ? 2 : 1
  return valueBytes.string + width * text.length
}

/** Engines keep such numbers in the place of a reference to them. */
function isSmall(value: number): boolean {
  return (value | 0) === value && !Object.is(value, -0)
}

function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object)
  return prototype === null || prototype === Object.prototype
}
