/** A notice that came as HTML only, as lines of text. Linear: every step looks for one sign from where it stands. */

const BREAKS = /^\/?(?:p|div|br|tr|td|th|li|ul|ol|table|h[1-6]|hr|pre|blockquote)\b/i;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", "#39": "'", "#34": '"' };

export function fromHtml(html: string): string {
  const lower = html.toLowerCase();
  let out = "";
  let from = 0;
  while (from < html.length) {
    const open = html.indexOf("<", from);
    out += html.slice(from, open < 0 ? html.length : open);
    if (open < 0) break;
    const skipped = /^<(style|script|head)\b/i.exec(html.slice(open, open + 10))?.[1]?.toLowerCase();
    const close = skipped === undefined ? html.indexOf(">", open) : lower.indexOf(`</${skipped}>`, open);
    if (close < 0) break;
    if (BREAKS.test(html.slice(open + 1, open + 14))) out += "\n";
    from = close + (skipped === undefined ? 1 : skipped.length + 3);
  }
  return out.replace(/&(#?\w{2,6});/g, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole).replace(/\n[ \t]+(?=\n)/g, "\n");
}
