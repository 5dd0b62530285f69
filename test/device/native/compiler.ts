/** The C compiler of the machine at hand, if there is one. */

import { type Compiler, findCompiler } from "../../../src/device/native/compiler.ts"

export const compiler: Compiler | undefined = await findCompiler().catch(() => undefined)
