/** An SMTP reply as people paste it: one line or several, with whatever stood before it in a bounce or an error. */

const MOST_REPLY = 2000;

/**
 * From the code on, several lines joined. A number of three digits is a reply's code where a status code follows, where
 * it opens the line, or where something says so before it.
 */
export function replyIn(lines: readonly string[]): string | undefined {
  for (const [n, line] of lines.entries()) {
    const text = replyOf(line);
    if (text === undefined) continue;
    const more: string[] = [];
    for (const next of lines.slice(n + 1, n + 30)) {
      const goesOn = /^\s{0,40}\d{3}[- ]/.test(next) || (/^\s{2,40}\S/.test(next) && !/^\s{2,40}[\w-]{1,60}: /.test(next));
      if (!goesOn) break;
      more.push(next.trim());
    }
    return [text, ...more].join(" ").slice(0, MOST_REPLY);
  }
  return undefined;
}

/** What a line says that a host said: `550 5.1.1 user unknown`. */
export function replyOf(line: string): string | undefined {
  const short = line.slice(0, MOST_REPLY);
  const found =
    /(?<![\d.])[245]\d\d[- ][#(]?[245]\.\d{1,3}\.\d{1,3}\b/.exec(short) ??
    /(?<=^\s{0,40}(?:>{1,3}\s{0,4}|<{1,3}\s{0,4}|S:\s{0,4})?)[245]\d\d[- ](?=\S)/.exec(short) ??
    /(?<=\b(?:said|error|smtp|reply|response|answered)[^\d]{1,60})(?<![\d.])[245]\d\d[- ](?=\S)/i.exec(short);
  return found === null ? undefined : short.slice(found.index).trim();
}
