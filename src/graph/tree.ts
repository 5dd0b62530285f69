/** Trees of leaves: arrays and plain objects, nested, as arguments and results. */

/** A value of T, or arrays and plain objects of trees. */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> }

/** The shape of a tree with its leaves taken out. */
export type TreeDef =
  | { readonly kind: "leaf" }
  | { readonly kind: "list"; readonly children: readonly TreeDef[] }
  | {
      readonly kind: "object"
      readonly keys: readonly string[]
      readonly children: readonly TreeDef[]
    }
  | { readonly kind: "empty"; readonly value: null | undefined }

const leaf: TreeDef = { kind: "leaf" }

/**
 * Takes a tree apart: its leaves in order (objects by sorted key) and the form that holds them.
 * @throws TypeError naming the path to a value that is neither leaf nor branch.
 */
export function flatten<T>(tree: unknown, isLeaf: (value: unknown) => value is T): [T[], TreeDef] {
  const leaves: T[] = []
  const visit = (value: unknown, path: string): TreeDef => {
    if (isLeaf(value)) {
      leaves.push(value)
      return leaf
    }
    if (value === null || value === undefined) return { kind: "empty", value }
    if (Array.isArray(value)) {
      return { kind: "list", children: value.map((child, i) => visit(child, `${path}[${i}]`)) }
    }
    if (typeof value === "object" && isPlain(value)) {
      const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
      return {
        kind: "object",
        keys: entries.map(([key]) => key),
        children: entries.map(([key, child]) => visit(child, `${path}.${key}`)),
      }
    }
    throw new TypeError(
      `${path} is ${describe(value)}: a tree holds arrays and numbers in lists and plain objects`,
    )
  }
  return [leaves, visit(tree, "tree")]
}

/** Puts leaves back into the form that they were taken from. */
export function unflatten(def: TreeDef, leaves: readonly unknown[]): unknown {
  let next = 0
  const build = (def: TreeDef): unknown => {
    switch (def.kind) {
      case "leaf":
        return leaves[next++]
      case "empty":
        return def.value
      case "list":
        return def.children.map(build)
      case "object":
        return Object.fromEntries(def.keys.map((key, i) => [key, build(def.children[i])]))
    }
  }
  return build(def)
}

/** Equal keys mean equal forms. */
export function treeKey(def: TreeDef): string {
  switch (def.kind) {
    case "leaf":
      return "*"
    case "empty":
      return String(def.value)
    case "list":
      return `[${def.children.map(treeKey).join(",")}]`
    case "object":
      return `{${def.keys.map((k, i) => `${JSON.stringify(k)}:${treeKey(def.children[i])}`).join(",")}}`
  }
}

/** Number of leaves. */
export function leafCount(def: TreeDef): number {
  if (def.kind === "leaf") return 1
  if (def.kind === "empty") return 0
  return def.children.reduce((sum, child) => sum + leafCount(child), 0)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function describe(value: unknown): string {
  if (typeof value === "object" && value !== null) return `a ${value.constructor.name}`
  return typeof value === "function" ? "a function" : `${JSON.stringify(value)}`
}
