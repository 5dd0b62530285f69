/** What can change threads without being copied. */

/** Members of an array or object that are looked at. */
const mostMembers = 64

/**
 * The buffers that a value brings with it: of itself, or of the members of an array or a plain
 * object, if what is seen of them is all of them.
 */
export function buffersOf(values: readonly unknown[]): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>()
  for (const value of values) {
    if (typeof value !== "object" || value === null) continue
    if (add(found, value)) continue
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Array.prototype && prototype !== Object.prototype) continue
    if (Array.isArray(value) && value.length > mostMembers) continue
    for (const member of Object.values(value).slice(0, mostMembers)) {
      if (typeof member === "object" && member !== null) add(found, member)
    }
  }
  return [...found]
}

function add(found: Set<ArrayBuffer>, value: object): boolean {
  const isView = ArrayBuffer.isView(value)
  const buffer = isView ? value.buffer : value
  if (!(buffer instanceof ArrayBuffer)) return isView
  if (!isView || value.byteLength === buffer.byteLength) found.add(buffer)
  return true
}
