/** Fits in a worker of the page, and tells it what came out or went wrong. */

import { learnBoth } from "./learning.ts"

learnBoth().then(postMessage, (failure) => postMessage(String(failure.stack)))
