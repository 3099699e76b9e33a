/**
 * Log lines for a person at a terminal and for journald: level, part, sentence, then key=value. Secrets never come
 * here; callers log names, ids and counts. What happened to a message is an event, not a log line.
 */
export type Level = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type Log = (level: Level, sentence: string, fields?: LogFields) => void;

const ORDER: readonly Level[] = ["debug", "info", "warn", "error"];

/** A log for one part. `write` gets whole lines with their newline. */
export function openLog(part: string, from: Level, write: (line: string) => void): Log {
  const least = ORDER.indexOf(from);
  return (level, sentence, fields = {}) => {
    if (ORDER.indexOf(level) < least) return;
    let line = `${level} ${part}: ${sentence}`;
    for (const [key, value] of Object.entries(fields)) if (value !== undefined) line += ` ${key}=${quote(value)}`;
    write(`${line}\n`);
  };
}

export const silentLog: Log = () => {};

/** Quotes what would not read as one word, and keeps control characters from forging a line. */
function quote(value: string | number | boolean): string {
  const text = String(value);
  return /^[\w.@:/+<>,*[\]-]+$/.test(text) ? text : JSON.stringify(text);
}
