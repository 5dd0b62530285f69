import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean }> }} Lock */

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * Makes node_modules what package-lock.json says and returns the path of the pinned Node in it.
 * Does nothing where that is so already. Throws where npm cannot bring it about.
 */
export function install() {
  const lock = readLock("package-lock.json")
  if (lock === undefined) throw new Error("package-lock.json is missing: restore it from git.")
  const installed = readLock("node_modules/.package-lock.json")
  if (installed === undefined || !satisfies(installed, lock)) installPackages()
  return pinnedNode(lock)
}

/**
 * Whether every locked package is installed at its locked version. Optional packages may be absent,
 * since most of them are for other machines, and further packages do no harm.
 *
 * @param {Lock} installed
 * @param {Lock} lock
 */
export function satisfies(installed, lock) {
  return Object.entries(lock.packages).every(([path, { version, optional }]) => {
    if (path === "") return true
    const found = installed.packages[path]
    return found === undefined ? optional === true : found.version === version
  })
}

function installPackages() {
  console.error("Installing the packages that package-lock.json names (npm ci) …")
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
  const clean = npm(["ci", ...options])
  if (clean.status !== 0) {
    throw new Error(`${clean.stderr}npm could not install the packages.`)
  }
}

/**
 * The package "node" fetches its binary in an install step. npm is not trusted with install steps
 * (it may be set to refuse them, and no other package needs one), so this one is run here.
 *
 * @param {Lock} lock
 */
function pinnedNode(lock) {
  const version = lock.packages["node_modules/node"]?.version
  if (version === undefined) throw new Error('package-lock.json does not name the package "node".')
  const found = findNode(version)
  if (found !== undefined) return found

  console.error(`Installing Node ${version} …`)
  const home = join(root, "node_modules/node")
  const step = spawnSync(process.execPath, ["installArchSpecificPackage.js"], {
    cwd: home,
    encoding: "utf8",
  })
  const fetched = findNode(version)
  if (fetched === undefined)
    throw new Error(`${step.stderr}Node ${version} could not be installed.`)
  return fetched
}

/**
 * Where a Node of this version really runs. Its own package is looked in as well, for file systems
 * that refuse the hard link which the install step makes.
 *
 * @param {string} version
 */
function findNode(version) {
  const binary = process.platform === "win32" ? "node.exe" : "node"
  const platform = process.platform === "win32" ? "win" : process.platform
  const own = `node_modules/node-${platform}-${process.arch}/bin`
  return ["node_modules/node/bin", join("node_modules/node", own), own]
    .map((folder) => join(root, folder, binary))
    .filter((path) => existsSync(path))
    .find((path) => {
      const answer = spawnSync(path, ["--version"], { encoding: "utf8" })
      return answer.status === 0 && answer.stdout.trim() === `v${version}`
    })
}

/** @param {readonly string[]} args */
function npm(args) {
  return spawnSync("npm", args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    shell: process.platform === "win32",
  })
}

/**
 * @param {string} path
 * @returns {Lock | undefined}
 */
function readLock(path) {
  const file = join(root, path)
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined
}
