/** The suite in a worker of the page. */

import { runSuite } from "./suite.ts"

interface Asked {
  readonly name: string
  readonly seeds: number
}

addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  runSuite(data.name, data.seeds).then(
    (finding) => postMessage(finding),
    (failure) => {
      throw failure
    },
  )
})
