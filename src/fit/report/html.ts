/** Pieces of HTML that sections are made of. */

import { escaped } from "./svg.ts"

/** A table; the first row is its head, and numbers stand to the right. */
export function htmlTable(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (tag: "td" | "th", value: string | number): string => {
    const text = typeof value === "number" ? String(value) : value
    const isNumber = /^[−+-]?[\d.,]+( ?[%a-zA-Z]+)?$/.test(text)
    return `<${tag}${isNumber ? ' class="n"' : ""}>${escaped(text)}</${tag}>`
  }
  const [head, ...body] = rows
  const line = (tag: "td" | "th", row: readonly (string | number)[]): string =>
    `<tr>${row.map((value) => cell(tag, value)).join("")}</tr>`
  return (
    `<div class="scroll"><table><thead>${line("th", head)}</thead>` +
    `<tbody>${body.map((row) => line("td", row)).join("")}</tbody></table></div>`
  )
}

export function paragraph(text: string): string {
  return `<p>${escaped(text)}</p>`
}

/** Figures side by side. */
export function beside(...figures: readonly string[]): string {
  return `<div class="beside">${figures.join("")}</div>`
}
