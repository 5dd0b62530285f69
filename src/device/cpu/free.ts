/** A range of addresses that is wholly in use or wholly free. */
export interface Block {
  readonly address: number
  /** Must not change while the block is among the free ones, whose order it decides. */
  bytes: number
  /** The blocks that touch this one; free blocks never touch each other. */
  before: Block | undefined
  after: Block | undefined
  free: boolean
  /** A scramble of the address. Free blocks stand in their tree above those of lower priority. */
  readonly priority: number
  left: Block | undefined
  right: Block | undefined
}

export function makeBlock(address: number, bytes: number): Block {
  return {
    address,
    bytes,
    before: undefined,
    after: undefined,
    free: false,
    priority: scramble(address),
    left: undefined,
    right: undefined,
  }
}

/**
 * The free blocks, in order of size and, among equals, of address.
 *
 * A treap: a search tree by (bytes, address) that is also a heap by priority. Priorities that look
 * random make its expected depth O(log n) (Seidel and Aragon, "Randomized search trees", 1996);
 * taking them from the addresses keeps it the same in every run.
 */
export class FreeBlocks {
  #root: Block | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  add(block: Block): void {
    block.free = true
    this.#root = insert(this.#root, block)
    this.#size++
  }

  remove(block: Block): void {
    this.#root = without(this.#root, block)
    block.left = undefined
    block.right = undefined
    block.free = false
    this.#size--
  }

  /** Removes and returns the smallest block of at least `bytes` bytes, the lowest among equals. */
  takeBestFit(bytes: number): Block | undefined {
    let best: Block | undefined
    for (let block = this.#root; block !== undefined; ) {
      if (block.bytes >= bytes) {
        best = block
        block = block.left
      } else {
        block = block.right
      }
    }
    if (best !== undefined) this.remove(best)
    return best
  }
}

function precedes(a: Block, b: Block): boolean {
  return a.bytes === b.bytes ? a.address < b.address : a.bytes < b.bytes
}

function insert(tree: Block | undefined, block: Block): Block {
  if (tree === undefined) return block
  if (block.priority > tree.priority) {
    const halves = split(tree, block)
    block.left = halves.below
    block.right = halves.above
    return block
  }
  if (precedes(block, tree)) tree.left = insert(tree.left, block)
  else tree.right = insert(tree.right, block)
  return tree
}

function without(tree: Block | undefined, block: Block): Block | undefined {
  if (tree === undefined) return undefined
  if (tree === block) return merge(block.left, block.right)
  if (precedes(block, tree)) tree.left = without(tree.left, block)
  else tree.right = without(tree.right, block)
  return tree
}

interface Halves {
  below: Block | undefined
  above: Block | undefined
}

/** Parts a tree into what precedes a block and what follows it. */
function split(tree: Block | undefined, at: Block): Halves {
  if (tree === undefined) return { below: undefined, above: undefined }
  if (precedes(tree, at)) {
    const { below, above } = split(tree.right, at)
    tree.right = below
    return { below: tree, above }
  }
  const { below, above } = split(tree.left, at)
  tree.left = above
  return { below, above: tree }
}

/** Joins two trees of which the first precedes the second. */
function merge(low: Block | undefined, high: Block | undefined): Block | undefined {
  if (low === undefined) return high
  if (high === undefined) return low
  if (low.priority > high.priority) {
    low.right = merge(low.right, high)
    return low
  }
  high.left = merge(low, high.left)
  return high
}

/** A bijection of 32-bit words that looks random: the finalizer of MurmurHash3 (Appleby, 2011). */
function scramble(word: number): number {
  let h = word | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
