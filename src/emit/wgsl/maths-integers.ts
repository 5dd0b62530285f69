/** Integers: division by zero gives all bits set, wide shifts give zeros or signs, as in JAX. */
export const integersText = `
fn maths_floorDivide(a: i32, b: i32) -> i32 {
  return select(a / b, (a - b + 1i) / b, a < 0i);
}
fn maths_floorRemainder(a: i32, b: i32) -> i32 {
  return a - b * maths_floorDivide(a, b);
}
fn maths_divideInt(a: i32, b: i32) -> i32 {
  if (b == 0i) { return -1i; }
  if (b == -1i) { return 0i - a; }
  return a / b;
}
fn maths_divideUint(a: u32, b: u32) -> u32 {
  if (b == 0u) { return 0xffffffffu; }
  return a / b;
}
fn maths_remainderInt(a: i32, b: i32) -> i32 {
  if (b == 0i) { return a; }
  if (b == -1i) { return 0i; }
  return a % b;
}
fn maths_remainderUint(a: u32, b: u32) -> u32 {
  if (b == 0u) { return a; }
  return a % b;
}
fn maths_shiftLeft(a: u32, b: u32) -> u32 {
  return select(0u, a << (b & 31u), b < 32u);
}
fn maths_shiftRight(a: u32, b: u32) -> u32 {
  return select(0u, a >> (b & 31u), b < 32u);
}
fn maths_shiftArithmetic(a: i32, b: u32) -> i32 {
  return a >> min(b, 31u);
}
fn maths_powerUint(a: u32, b: u32) -> u32 {
  var product = 1u;
  var base = a;
  for (var rest = b; rest != 0u; rest = rest >> 1u) {
    if ((rest & 1u) != 0u) { product = product * base; }
    base = base * base;
  }
  return product;
}
fn maths_powerInt(a: i32, b: i32) -> i32 {
  if (b >= 0i) { return bitcast<i32>(maths_powerUint(bitcast<u32>(a), bitcast<u32>(b))); }
  // What dividing 1 by a to the power -b gives.
  if (a == 1i) { return 1i; }
  if (a == -1i) { return select(1i, -1i, (b & 1i) != 0i); }
  return select(0i, -1i, a == 0i);
}
fn maths_rotateLeft(x: u32, by: u32) -> u32 {
  return (x << by) | (x >> (32u - by));
}
fn maths_xorWords(words: vec2u) -> u32 {
  return words.x ^ words.y;
}
fn maths_threefry(k0: u32, k1: u32, c0: u32, c1: u32) -> vec2u {
  // Threefry-2x32, 20 rounds: Salmon, Moraes, Dror and Shaw (2011).
  var keys = array<u32, 3>(k0, k1, k0 ^ k1 ^ 0x1bd11bdau);
  var turns = array<u32, 8>(13u, 15u, 26u, 6u, 17u, 29u, 16u, 24u);
  var x = c0 + k0;
  var y = c1 + k1;
  for (var group = 1u; group <= 5u; group = group + 1u) {
    for (var round = 0u; round < 4u; round = round + 1u) {
      x = x + y;
      y = maths_rotateLeft(y, turns[4u * ((group + 1u) & 1u) + round]) ^ x;
    }
    x = x + keys[group % 3u];
    y = y + keys[(group + 1u) % 3u] + group;
  }
  return vec2u(x, y);
}
`
