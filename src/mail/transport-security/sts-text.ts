/** The two texts of MTA-STS: the TXT record that says there is a policy (RFC 8461 §3.1), and the policy itself (§3.2). */

export interface StsPolicy {
  readonly mode: "enforce" | "testing" | "none";
  /** Host names, or `*.` and a name for exactly one label before it; lower case. */
  readonly mx: readonly string[];
  readonly maxAgeMs: number;
  /** As published, for reports. */
  readonly lines: readonly string[];
}

export type StsText = { readonly ok: true; readonly policy: StsPolicy } | { readonly ok: false; readonly why: string };

/** A policy above this is none. */
export const STS_OCTETS = 65_536;
/** RFC 8461 §3.2: a year, in seconds. */
const AGE_MOST = 31_557_600;
/** Patterns of one policy. */
const MX_MOST = 500;
const NAME = /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The policy's id; undefined where the domain has no policy. More than one record is none (RFC 8461 §3.1). */
export function readStsRecord(records: readonly string[]): string | undefined {
  const [record, ...more] = records.filter((text) => /^v=STSv1[ \t]*;/.test(text));
  if (record === undefined || more.length > 0) return undefined;
  const ids = record.split(";").flatMap((field) => /^[ \t]*id[ \t]*=[ \t]*([A-Za-z0-9]{1,32})[ \t]*$/.exec(field)?.[1] ?? []);
  return ids[0];
}

/** Of fields that stand twice the first counts, `mx` apart; unknown ones are for others. */
export function readStsPolicy(text: string): StsText {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const fields = new Map<string, string>();
  const mx: string[] = [];
  for (const line of lines) {
    const found = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31})[ \t]*:[ \t]*(.*?)[ \t]*$/.exec(line);
    if (found === null) return no(`the line ${JSON.stringify(line.slice(0, 80))} is no NAME: VALUE`);
    const [, name = "", value = ""] = found;
    if (name !== "mx") {
      if (!fields.has(name)) fields.set(name, value);
      continue;
    }
    const pattern = value.toLowerCase().replace(/\.$/, "");
    if (!NAME.test(pattern)) return no(`the mx ${JSON.stringify(value.slice(0, 80))} is no host name`);
    if (mx.length < MX_MOST) mx.push(pattern);
  }
  if (fields.get("version") !== "STSv1") return no("its version is not STSv1");
  const mode = fields.get("mode");
  if (mode !== "enforce" && mode !== "testing" && mode !== "none") return no("it has no mode that is known");
  const age = fields.get("max_age") ?? "";
  if (!/^\d{1,10}$/.test(age)) return no("it has no max_age in seconds");
  if (mx.length === 0 && mode !== "none") return no("it names no mx");
  return { ok: true, policy: { mode, mx, maxAgeMs: Math.min(Number(age), AGE_MOST) * 1000, lines } };
}

/** Whether the policy names the host (RFC 8461 §4.1). `host` lower case. */
export function isListed({ mx }: StsPolicy, host: string): boolean {
  return mx.some((pattern) => matchesName(pattern, host));
}

/** A wildcard stands for exactly the first label (RFC 6125 §6.4.3). Both lower case. */
export function matchesName(pattern: string, name: string): boolean {
  if (!pattern.startsWith("*.")) return pattern === name;
  const dot = name.indexOf(".");
  return dot > 0 && name.slice(dot) === pattern.slice(1);
}

function no(why: string): StsText {
  return { ok: false, why };
}
