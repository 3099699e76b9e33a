/** Links to stories, for reports to senders: they must never make a report wait. */
import type { Clock } from "../base/clock.ts";
import type { Links } from "../control/api/desk.ts";
import type { MessageKey } from "../model/ids.ts";

/** A report goes out without its link after that. */
const WITHIN_MS = 500;

/** `publicUrl` is asked each time; without one there is no link, since nobody could follow it. */
export function storyUrls(links: Links, publicUrl: () => string | undefined, clock: Clock) {
  return async (message: MessageKey): Promise<string | undefined> => {
    const base = publicUrl();
    if (base === undefined) return undefined;
    return await new Promise((resolve) => {
      const cancel = clock.after(WITHIN_MS, () => resolve(undefined));
      links
        .make(message)
        .then(
          (link) => resolve(link && `${base}/s/${link.key}`),
          () => resolve(undefined), // the database is away
        )
        .finally(cancel);
    });
  };
}
