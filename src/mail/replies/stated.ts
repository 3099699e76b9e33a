/** What a reply states besides its cause: a time to wait, and the blocklist it goes by. */

/** "in 300 seconds", "5 minutes", "00:04:59". Above a day it is no wait but a figure of speech. */
export function statedWait(text: string): number | undefined {
  const clock = /\b(\d{1,2}):(\d{2}):(\d{2})\b/.exec(text);
  if (clock && /again|retry|wait|delay|grey|gray/i.test(text))
    return bounded(Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]));
  const found = /\b(\d{1,6})\s?(s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b/i.exec(text);
  if (!found || !/again|retry|wait|delay|grey|gray|later|in \d/i.test(text)) return undefined;
  const unit = (found[2] ?? "s").toLowerCase();
  return bounded(Number(found[1]) * (unit.startsWith("h") ? 3600 : unit.startsWith("m") ? 60 : 1));
}

function bounded(seconds: number): number | undefined {
  return seconds > 0 && seconds <= 86_400 ? seconds : undefined;
}

/** The zone named, or the list by the host of the page that the reply points to. */
export function statedZone(text: string): string | undefined {
  const using = /\b(?:using|by|listed (?:in|at|on)|see)\s+(?:https?:\/\/)?((?:[\w-]{1,40}\.){1,6}[a-z]{2,12})/i.exec(text)?.[1];
  const known =
    /\b((?:[\w-]{1,40}\.){0,5}(?:spamhaus\.org|spamcop\.net|barracudacentral\.org|abuseat\.org|sorbs\.net|uceprotect\.net|mailspike\.net|spamrats\.com|surbl\.org|uribl\.com|cloudmark\.com|psbl\.org|invaluement\.com))\b/i;
  return (known.exec(text)?.[1] ?? using)?.toLowerCase();
}
