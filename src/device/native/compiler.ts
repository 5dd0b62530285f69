/** The system's C compiler: found, asked what it is, and run. */

import { DeviceError } from "../device.ts"

/** A compiler, with what decides the code that it makes. */
export interface Compiler {
  readonly command: string
  /** Its name and version. */
  readonly version: string
  /** The processor that it compiles for: its model, and what the compiler knows of it. */
  readonly processor: string
  readonly flags: readonly string[]
  /** float32 lanes of the processor's vectors. */
  readonly lanes: number
  readonly registers: number
  /** Whether the processor multiplies tiles of bfloat16 (Intel AMX); the system may still forbid it. */
  readonly tiles: boolean
}

export interface CompilerOptions {
  /** The command to run; the environment's CC, or else clang or cc. */
  readonly command?: string
  /** Milliseconds that one compilation may take. */
  readonly timeout?: number
}

/** Milliseconds that a compiler may take to say what it is. */
const patience = 20_000

/** Results must not depend on what a compiler contracts or assumes of integers that overflow. */
const flags = [
  "-std=gnu11",
  "-O2",
  "-fPIC",
  "-shared",
  "-fwrapv",
  "-ffp-contract=off",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-fno-strict-aliasing",
  "-w",
] as const

/**
 * Finds a C compiler for this processor.
 * @throws DeviceError when there is none, or it fails.
 */
export async function findCompiler({ command }: CompilerOptions = {}): Promise<Compiler> {
  if (typeof process === "undefined" || process.versions?.node === undefined) {
    throw new DeviceError("native code needs Node")
  }
  const named = command ?? process.env.CC
  const commands = named === undefined || named === "" ? ["clang", "cc"] : [named]
  const reasons: string[] = []
  for (const each of commands) {
    try {
      return await ask(each)
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new DeviceError(`no C compiler was found: ${reasons.join("; ")}`)
}

async function ask(command: string): Promise<Compiler> {
  const { arch, cpus, platform } = await import("node:os")
  if (platform() === "win32") {
    throw new DeviceError("native code needs POSIX threads, which Windows has not")
  }
  const target = arch() === "x64" ? "-march=native" : "-mcpu=native"
  const version = (await execute(command, ["--version"], patience)).split("\n")[0]
  const macros = await execute(command, [target, "-dM", "-E", "-x", "c", "/dev/null"], patience)
  const has = (name: string): boolean => macros.includes(`#define ${name} `)
  const wide = has("__AVX512F__") && has("__AVX512DQ__") && has("__AVX512VL__")
  const avx2 = has("__AVX2__") && has("__FMA__")
  const preferred = wide ? ["-mprefer-vector-width=512"] : []
  return {
    command,
    version,
    processor: `${cpus()[0]?.model ?? "unknown"} ${arch()} ${platform()} ${await digest(macros)}`,
    flags: [...flags, target, ...preferred],
    lanes: wide ? 16 : avx2 ? 8 : 4,
    registers: wide || arch() === "arm64" ? 32 : 16,
    // GCC's names, and those that clang 14 has instead.
    tiles:
      (has("__AMX_TILE__") && has("__AMX_BF16__")) || (has("__AMXTILE__") && has("__AMXBF16__")),
  }
}

/** A hash of a text or of bytes, in hexadecimal. */
export async function digest(content: string | Uint8Array): Promise<string> {
  const { createHash } = await import("node:crypto")
  return createHash("sha256").update(content).digest("hex")
}

/**
 * Compiles a C file to a shared library.
 * @throws DeviceError with the compiler's words when it fails or takes too long.
 */
export async function compileLibrary(
  { command, flags: own }: Compiler,
  source: string,
  to: string,
  timeout: number,
): Promise<void> {
  await execute(command, [...own, "-o", to, source, "-lm", "-ldl", "-lpthread"], timeout)
}

async function execute(command: string, args: readonly string[], timeout: number): Promise<string> {
  const { execFile } = await import("node:child_process")
  return new Promise((resolve, reject) => {
    const options = { timeout, killSignal: "SIGKILL", maxBuffer: 2 ** 26 } as const
    execFile(command, [...args], options, (error, output, said) => {
      if (error === null) {
        resolve(output)
        return
      }
      const reason = error.killed
        ? `took longer than ${timeout / 1000} s`
        : error.code === "ENOENT"
          ? "is not there"
          : `failed: ${firstLine(said) || error.message}`
      reject(new DeviceError(`${command} ${reason}`))
    })
  })
}

/** The first line that tells of an error, or else the first. */
function firstLine(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "")
  return lines.find((line) => line.includes("error")) ?? lines[0] ?? ""
}
