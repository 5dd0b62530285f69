/** Measurements of MULTIPLY-N as a picture. */

import * as Plot from "@observablehq/plot"
import { parseHTML } from "linkedom"
import type { Measurements } from "./measurements.ts"

/** Seconds over N as SVG: dots are bills, lines are quotes. */
export function drawPlot({ machine, points }: Measurements): string {
  const { document } = parseHTML("<html><body></body></html>")
  const { cpu, cores, date } = machine
  const plot = Plot.plot({
    document,
    width: 820,
    height: 460,
    marginLeft: 60,
    marginRight: 170,
    style: { background: "white", fontFamily: "system-ui, sans-serif" },
    x: { type: "log", base: 2, label: "N", tickFormat: (n: number) => `2^${Math.log2(n)}` },
    y: { type: "log", label: "seconds: lines quoted, dots measured", grid: true },
    marks: [
      Plot.line(points, { x: "n", y: "quoted", stroke: "choice" }),
      Plot.dot(points, { x: "n", y: "billed", fill: "choice", r: 3 }),
      Plot.text(
        points,
        Plot.selectLast({
          x: "n",
          y: "billed",
          z: "choice",
          text: "choice",
          fill: "choice",
          textAnchor: "start",
          dx: 10,
        }),
      ),
      Plot.text([`${cpu}, ${cores} cores, ${date.slice(0, 10)}`], {
        frameAnchor: "top-left",
        dx: 8,
        dy: 8,
      }),
    ],
  })
  const svg = plot.tagName.toLowerCase() === "svg" ? plot : plot.querySelector("svg")
  if (svg === null) throw new Error("the plot is no SVG")
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg")
  svg.setAttribute("role", "img")
  // The sheet of styles is for pages: it holds nothing that the picture needs.
  svg.querySelector("style")?.remove()
  const title = document.createElement("title")
  title.textContent = "Seconds of a product of N numbers: dots measured, lines quoted"
  svg.prepend(title)
  return `${svg.outerHTML}\n`
}
