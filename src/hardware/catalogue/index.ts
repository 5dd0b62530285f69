import type { Machine } from "../machine.ts"
import { amd } from "./amd.ts"
import { nvidiaConsumer } from "./nvidia-consumer.ts"
import { nvidiaDatacentre } from "./nvidia-datacentre.ts"
import { processors } from "./processors.ts"
import { tpu } from "./tpu.ts"
import { trainium } from "./trainium.ts"

/** Every machine that Tradespace knows by name, by maker and then by age. */
export const catalogue: readonly Machine[] = [
  ...nvidiaDatacentre,
  ...nvidiaConsumer,
  ...amd,
  ...tpu,
  ...trainium,
  ...processors,
]
