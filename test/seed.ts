/**
 * Random tests draw the same examples every time, so that a change is judged by what it changed:
 * `TRADESPACE_SEED=7 npm test` draws others, and `TRADESPACE_SEED=random npm test` new ones each time.
 */

import fc from "fast-check"

const asked = process.env.TRADESPACE_SEED ?? "2012"
if (asked !== "random") fc.configureGlobal({ seed: Number(asked) })
