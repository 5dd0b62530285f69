/** Who is measured. A row with a module is all that a further contestant takes. */

import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { lacksPyTorch } from "./rivals/python.ts"

export interface Row {
  /** As the table and `--against` call it. */
  readonly name: string
  /** A module that exports `open(case, variant)`. */
  readonly module: string
  /** Which of its settings the module is asked for, where it knows several. */
  readonly variant?: string
  /** Packages of `bench/package.json` that it needs. */
  readonly packages: readonly string[]
  /** Whether it runs native code, whose limits are others than those of WebAssembly. */
  readonly native?: true
  /** Why it cannot be measured here, for what the bench does not install; undefined where it can. */
  readonly lacks?: () => string | undefined
}

/** The first is Tradespace: the others are measured against it, and compared with its results. */
export const contestants: readonly Row[] = [
  { name: "tradespace", module: "rivals/tradespace.ts", packages: [] },
  {
    name: "tradespace-native",
    module: "rivals/tradespace.ts",
    variant: "native",
    native: true,
    packages: [],
    lacks: lacksCompiler,
  },
  { name: "jax-js", module: "rivals/jax-js.ts", packages: ["@jax-js/jax"] },
  {
    name: "jax-js+threads",
    module: "rivals/jax-js.ts",
    variant: "threads",
    packages: ["@jax-js/jax"],
  },
  {
    name: "tfjs-wasm",
    module: "rivals/tfjs.ts",
    packages: ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"],
  },
  {
    name: "onnxruntime",
    module: "rivals/onnxruntime.ts",
    native: true,
    packages: ["onnxruntime-node"],
  },
  { name: "pytorch", module: "rivals/pytorch.ts", native: true, packages: [], lacks: lacksPyTorch },
]

/** Not a contestant: what the machine itself can do. */
export const limitRow: Row = { name: "limit", module: "limits/index.ts", packages: [] }

/** What native code can do on the machine, where there is a compiler. */
export const nativeLimitRow: Row = {
  name: "native limit",
  module: "limits/index.ts",
  variant: "native",
  packages: [],
  lacks: lacksCompiler,
}

/** Why nothing is compiled here: there is no compiler by the names that the native device tries. */
function lacksCompiler(): string | undefined {
  const names = process.env.CC === undefined ? ["clang"] : [process.env.CC]
  const isThere = names.some((name) => spawnSync(name, ["--version"]).status === 0)
  return isThere ? undefined : "there is no clang"
}

/** The module's address for a process to import. */
export function moduleOf(row: Row): string {
  return new URL(row.module, import.meta.url).href
}

/** Whether all packages of a row are installed. */
export function isInstalled({ packages }: Row): boolean {
  return packages.every((name) => existsSync(new URL(`node_modules/${name}`, import.meta.url)))
}
