import type { Machine } from "../machine.ts"

/** Every machine that Tradespace knows by name, oldest kind first. */
export const catalogue: readonly Machine[] = []
