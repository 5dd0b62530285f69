/** Numbers in JavaScript source: base64 of their bytes, decoded where the source runs. */

/** An expression that gives a typed array with these elements. Little-endian machines only. */
export function encodedNumbers(values: Float32Array | Float64Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  let binary = ""
  for (const byte of bytes) binary += String.fromCharCode(byte)
  const type = values instanceof Float32Array ? "Float32Array" : "Float64Array"
  return `new ${type}(Uint8Array.from(atob("${btoa(binary)}"), (c) => c.charCodeAt(0)).buffer)`
}
