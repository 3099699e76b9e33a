/** The first minute of a lab, as a list: when (in seconds of a watcher at the usual speed), what happens, what is said of it, where to look. */
import type { TroubleKind } from "../../src/control/api/desk.ts";

export interface Beat {
  /** Seconds of the watcher's, at `SPEED`. */
  readonly at: number;
  readonly makes?: Makes;
  readonly caption: string;
  readonly show: Show;
}

export interface Makes {
  readonly what: TroubleKind;
  readonly at: string;
  /** Seconds of the watcher's until it ends. */
  readonly forS: number;
  /** Of a throttle. */
  readonly perHour?: number;
}

/** A page of the panel; or the story of a message that there is then: of those that this query finds, the one that took longest. */
export type Show = { readonly page: string } | { readonly story: string };

/** Seconds of the lab in one of the watcher's. */
export const SPEED = 20;

/** When the first letter to school.example is written: its name servers fail then. */
export const SCHOOL_AT = 28;

export const BEATS: readonly Beat[] = [
  {
    at: 0,
    caption: "40 servers hand over the mail of 1,500 senders, and it flows.",
    show: { page: "#/now" },
  },
  {
    at: 6,
    makes: { what: "throttle", at: "google", forS: 16, perHour: 420 },
    caption:
      "Google slows us: 420 messages an hour, and 421 4.7.28 to the rest. The lane there cuts its pace and feels its way up to what is taken.",
    show: { page: "#/destinations/google" },
  },
  {
    at: 12,
    makes: { what: "kill", at: "yahoo", forS: 25 },
    caption: "Yahoo's first host dies. Its second MX takes over; nobody has to do anything.",
    show: { page: "#/destinations/yahoo" },
  },
  {
    at: 18,
    makes: { what: "tls", at: "bank.example", forS: 20 },
    caption:
      "bank.example has a new key and its old TLSA record. By DANE its mail waits: nothing leaves in clear, nothing goes to a stranger.",
    show: { page: "#/messages?q=to:@bank.example%20since:1h" },
  },
  {
    at: 23,
    caption: "Google takes as much as before. The lane tries a little more each minute, and more again while that goes well.",
    show: { page: "#/destinations/google" },
  },
  {
    at: SCHOOL_AT,
    makes: { what: "dns", at: "school.example", forS: 16 },
    caption: "The name servers of school.example answer SERVFAIL. Mail to it waits; nothing bounces for that.",
    show: { page: "#/messages?q=to:@school.example%20since:1h" },
  },
  {
    at: 38,
    caption: "The story of a message that was late: every second of the delay has its cause, and they add up.",
    show: { story: "to:@gmail.com state:delivered since:1h" },
  },
  {
    at: 50,
    caption: "All is mended, and what waited goes out. Now it is your turn: make trouble, and mend it.",
    show: { page: "#/now" },
  },
];
