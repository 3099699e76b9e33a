/**
 * Notices that are JSON: what Amazon SES publishes of a message (bounce, complaint, delivery), forwarded as mail. Two
 * wrappings exist, with and without the envelope of the notification service.
 */
import type { Action } from "./report.ts";

export interface CloudNotice {
  readonly kind: "dsn" | "arf";
  readonly reporter: string;
  readonly feedbackType: string | undefined;
  readonly recipients: readonly {
    readonly address: string;
    readonly action: Action;
    readonly status: string | undefined;
    readonly diagnostic: string;
  }[];
  /** MAIL FROM of the message that it is about; "" where it does not say. */
  readonly source: string;
}

type Json = { readonly [name: string]: unknown };

export function readCloudNotice(text: string): CloudNotice | undefined {
  const outer = objectIn(text);
  const inner = typeof outer?.["Message"] === "string" ? objectIn(outer["Message"]) : outer;
  if (inner === undefined) return undefined;
  const source = string(object(inner["mail"])["source"]);
  const kind = string(inner["notificationType"] ?? inner["eventType"]);
  if (kind === "Bounce") {
    const bounce = object(inner["bounce"]);
    const why = [bounce["bounceType"], bounce["bounceSubType"]].map(string).join(" ");
    const soft = string(bounce["bounceType"]) === "Transient";
    const recipients = list(bounce["bouncedRecipients"]).map((one) => ({
      address: string(one["emailAddress"]),
      action: string(one["action"]) === "delayed" ? ("delayed" as const) : ("failed" as const),
      status: string(one["status"]) || undefined,
      diagnostic: string(one["diagnosticCode"]).replace(/^\s*smtp\s*;\s*/i, "") || (soft ? `${why}: temporary` : why),
    }));
    return { kind: "dsn", reporter: bare(bounce["reportingMTA"]), feedbackType: undefined, recipients, source };
  }
  if (kind === "Delivery") {
    const delivery = object(inner["delivery"]);
    const said = string(delivery["smtpResponse"]);
    const recipients = strings(delivery["recipients"]).map((address) => ({
      ...{ address, action: "delivered" as const, diagnostic: said },
      status: /\b(2\.\d{1,3}\.\d{1,3})\b/.exec(said)?.[1],
    }));
    return { kind: "dsn", reporter: bare(delivery["reportingMTA"]), feedbackType: undefined, recipients, source };
  }
  if (kind !== "Complaint") return undefined;
  const complaint = object(inner["complaint"]);
  const recipients = list(complaint["complainedRecipients"]).map((one) => ({
    ...{ address: string(one["emailAddress"]), action: "failed" as const, status: undefined, diagnostic: "" },
  }));
  const feedbackType = string(complaint["complaintFeedbackType"]) || "abuse";
  return { kind: "arf", reporter: string(complaint["userAgent"]), feedbackType, recipients, source };
}

/** The first object of a text that begins with one; what stands behind it (a footer) is left out, as are wrapped lines. */
function objectIn(text: string): Json | undefined {
  const start = text.trimStart();
  if (!start.startsWith("{")) return undefined;
  const footer = start.search(/\n--\s*\n/);
  const whole = (footer < 0 ? start : start.slice(0, footer)).trim();
  for (const candidate of [whole, whole.replace(/\n/g, ""), whole.slice(0, whole.lastIndexOf("}") + 1)])
    try {
      return object(JSON.parse(candidate));
    } catch {
      // not this way; a notice that is no JSON is text
    }
  return undefined;
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(string) : [];
}

function string(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function bare(value: unknown): string {
  return string(value).replace(/^\s*(?:dsn|dns)\s*;\s*/i, "");
}
