/** The first minute of a lab, as a list: when (in seconds of a watcher at the usual speed), what happens, what is said of it, where to look. */
import type { TroubleKind } from "../../src/control/api/lab-desk.ts";

export interface Beat {
  /** Seconds of the watcher's, at `SPEED`. */
  readonly at: number;
  readonly makes?: { readonly what: TroubleKind; readonly at: string /** Of the watcher's. */; readonly forS?: number };
  readonly mends?: string;
  readonly caption: string;
  readonly show: Show;
}

/** A page of the panel; or the story of a message that there is then: the newest that this query finds and that took longest. */
export type Show = { readonly page: string } | { readonly story: string };

/** Seconds of the lab in one of the watcher's. */
export const SPEED = 20;

export const BEATS: readonly Beat[] = [
  {
    at: 0,
    caption: "40 servers hand over the mail of 1,500 senders, and it flows.",
    show: { page: "#/now" },
  },
  {
    at: 8,
    makes: { what: "throttle", at: "google", forS: 20 },
    caption: "Google slows us: it answers 421 4.7.28 to all but 120 messages an hour. The lane to it finds that pace by itself.",
    show: { page: "#/destinations/google" },
  },
  {
    at: 14,
    makes: { what: "kill", at: "yahoo", forS: 25 },
    caption: "Yahoo's first host dies. Its second MX takes over, and nobody has to do anything.",
    show: { page: "#/destinations/yahoo" },
  },
  {
    at: 20,
    makes: { what: "tls", at: "webhost-1.example", forS: 25 },
    caption: "The host of webhost-1.example offers STARTTLS, and the handshake fails.",
    show: { page: "#/messages?q=to:@webhost-1.example%20since:1h" },
  },
  {
    at: 28,
    caption: "Google takes as much as before. The lane tries a little more, and more again while that goes well.",
    show: { page: "#/destinations/google" },
  },
  {
    at: 34,
    makes: { what: "dns", at: "company-1.example", forS: 15 },
    caption: "The name servers of company-1.example answer SERVFAIL. Its mail waits; nothing bounces for that.",
    show: { page: "#/messages?q=to:@company-1.example%20since:1h" },
  },
  {
    at: 42,
    caption: "The story of a message that was late: every second of the delay has its cause, and they add up.",
    show: { story: "to:@gmail.com state:delivered since:1h" },
  },
  {
    at: 52,
    caption: "All is mended, and what waited goes out. Now it is your turn: make trouble, and mend it.",
    show: { page: "#/now" },
  },
];
