/**
 * What came back after a delivery was settled joins its line: "Delivered …; reported back 3 h later: no such mailbox".
 * The state stays what it was, because a server did take the message; what is said after it is true as well.
 */
import { unreachable } from "../../base/brand.ts";
import { durationText } from "../../base/time-text.ts";
import type { EventBody, FairleadEvent } from "../../model/event.ts";
import { causeText } from "./reading.ts";
import type { Sentence } from "./sentence.ts";
import type { Trail } from "./story.ts";

type Returned = EventBody & { readonly kind: "returned" };

/** Where several came back, the gravest is told; of equals the last. */
const WEIGHT: Readonly<Record<Returned["what"], number>> = { failed: 4, complaint: 3, delivered: 2, delayed: 1, autoreply: 0 };

export function backLine(trail: Trail, sentence: Sentence): Sentence {
  const found = gravest(trail.events);
  if (found === undefined) return sentence;
  const { event, body } = found;
  const later = durationText(event.at - trail.end);
  const back = { at: event.at, what: body.what };
  const head = `${sentence.head}; ${verb(body)} ${later} later`;
  switch (body.what) {
    case "failed": {
      const { diagnosis } = body;
      const confident = diagnosis !== undefined && causeText(diagnosis) !== undefined;
      const remedy =
        confident && diagnosis.remedy.who !== "nobody" && diagnosis.remedy.text !== ""
          ? { who: diagnosis.remedy.who, text: diagnosis.remedy.text, link: diagnosis.remedy.link ?? null }
          : null;
      return {
        ...{ head, cause: failedText(body), remedy, confidence: diagnosis?.confidence ?? null, back },
        ...(remedy === null ? { advises: false as const } : {}),
      };
    }
    case "complaint":
      return { head, remedy: { who: "sender", text: "write to this person no more", link: null }, back };
    case "delayed":
    case "delivered":
    case "autoreply":
      return { ...sentence, head, back };
    default:
      return unreachable(body.what);
  }
}

function verb(body: Returned): string {
  switch (body.what) {
    case "failed":
      return "reported back";
    case "complaint":
      return `reported ${body.feedbackType === undefined || body.feedbackType === "abuse" ? "as spam" : `(${body.feedbackType})`} by its reader`;
    case "delayed":
      return "reported delayed";
    case "delivered":
      return "reported delivered";
    case "autoreply":
      return "answered by an automatic reply";
    default:
      return unreachable(body.what);
  }
}

function failedText({ from, status, diagnostic, diagnosis }: Returned): string {
  const code = status === undefined ? "" : ` (${status})`;
  const cause = diagnosis === undefined ? undefined : causeText(diagnosis);
  if (cause !== undefined) return `${cause}${code}`;
  return diagnostic === undefined ? `${from} could not deliver it${code}` : `${from} said "${diagnostic}"`;
}

function gravest(events: readonly FairleadEvent[]): { readonly event: FairleadEvent; readonly body: Returned } | undefined {
  let best: { readonly event: FairleadEvent; readonly body: Returned } | undefined;
  for (const event of events) {
    const { body } = event;
    if (body.kind === "returned" && (best === undefined || WEIGHT[body.what] >= WEIGHT[best.body.what])) best = { event, body };
  }
  return best;
}
