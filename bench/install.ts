/** The rivals' packages, installed beside the bench when it first runs. */

import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { isInstalled, type Row } from "./contestants.ts"

const folder = fileURLToPath(new URL(".", import.meta.url))

/**
 * Installs what `bench/package-lock.json` names, where a row lacks a package. Says what it does and
 * what could not be had on standard error, and returns the rows that can be measured.
 */
export function installRivals(rows: readonly Row[]): readonly Row[] {
  if (!rows.every(isInstalled)) {
    const lacking = rows.filter((row) => !isInstalled(row))
    const missing = [...new Set(lacking.flatMap(({ packages }) => packages))]
    console.error(
      `Installing what Tradespace is measured against into bench/node_modules (${missing.join(", ")}; ` +
        "some 600 MB, this once) …",
    )
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    const { status, stderr } = spawnSync("npm", ["ci", ...options], {
      cwd: folder,
      encoding: "utf8",
      // Its install script would fetch libraries for GPUs; the CPU's are in the package.
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" },
      stdio: ["ignore", "ignore", "pipe"],
      shell: process.platform === "win32",
    })
    if (status !== 0)
      console.error(
        stderr?.trim().split("\n").slice(0, 4).join("\n") || "npm could not be started.",
      )
  }
  for (const { name } of rows.filter((row) => !isInstalled(row))) {
    console.error(`${name} could not be installed, so it is left out.`)
  }
  return rows.filter(isInstalled).filter(({ name, lacks }) => {
    const reason = lacks?.()
    if (reason !== undefined) console.error(`${name} is left out: ${reason}.`)
    return reason === undefined
  })
}
