/** Pages whose tables are written by the scripts that measure them. */

/**
 * A page of Markdown with the text between `<!-- NAME -->` and `<!-- /NAME -->` replaced.
 * @throws Error when the page has no such marks.
 */
export function replaceBetweenMarks(page: string, name: string, text: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [start, end] = [page.indexOf(open), page.indexOf(close)]
  if (start < 0 || end < start) throw new Error(`the page has no ${open} with a ${close} behind it`)
  return `${page.slice(0, start + open.length)}\n${text}\n${page.slice(end)}`
}
