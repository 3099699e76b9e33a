/**
 * Rules that choose a pool, one a line, the first that fits wins:
 *
 *     class bulk and provider google -> bulk
 *     sender wp@hotel-lux -> risk
 *     header X-Stream=receipts -> clean
 *
 * A line and not a tree, because its order is its meaning, and a list of lines shows it.
 */
import { unreachable } from "../../base/brand.ts";
import type { MessageClass } from "../../model/message.ts";

export type Condition =
  | { readonly is: "sender" | "tenant" | "source" | "provider"; readonly value: string }
  /** A domain, or with a leading dot all below it. */
  | { readonly is: "to" | "from"; readonly value: string }
  | { readonly is: "class"; readonly value: MessageClass }
  /** Without `value`: it is there. Compared without regard to case. */
  | { readonly is: "header"; readonly name: string; readonly value?: string };

export interface ChoiceRule {
  /** All must fit. */
  readonly when: readonly Condition[];
  readonly pool: string;
  /** As it was written. */
  readonly text: string;
}

/** What is known of a message; what is undefined fits no rule that asks for it. */
export interface Known {
  readonly domain: string;
  readonly tenant?: string | undefined;
  readonly source?: string | undefined;
  readonly sender?: string | undefined;
  readonly class?: MessageClass | undefined;
  /** A provider's key. */
  readonly provider: string;
  /** Of the author; asked for only where a rule needs it. */
  fromDomain(): string | undefined;
  header(name: string): string | undefined;
}

export const CHOICE_FORM = "CONDITION [and CONDITION]… -> POOL";
export const CHOICE_EXAMPLE = "class bulk and to gmail.com -> bulk";
const CLASSES: readonly MessageClass[] = ["report", "transactional", "normal", "forward", "bulk"];
const KINDS = ["sender", "tenant", "source", "to", "from", "provider", "class", "header"] as const;
const MOST_CONDITIONS = 8;
const LONGEST = 500;

/** `fault` completes "the rule …". */
export function readChoiceRule(text: string): ChoiceRule | { readonly fault: string } {
  if (text.length > LONGEST) return { fault: `has more than ${LONGEST} characters` };
  const [left = "", pool = "", more] = text.split("->").map((part) => part.trim());
  if (pool === "" || more !== undefined || /\s/.test(pool)) return { fault: `must read ${CHOICE_FORM}, for example ${CHOICE_EXAMPLE}` };
  const parts = left.split(/\s+and\s+/);
  if (parts.length > MOST_CONDITIONS) return { fault: `has more than ${MOST_CONDITIONS} conditions` };
  const when: Condition[] = [];
  for (const part of parts) {
    const read = readCondition(part.trim());
    if ("fault" in read) return read;
    when.push(read);
  }
  return { when, pool, text: `${parts.join(" and ")} -> ${pool}` };
}

function readCondition(text: string): Condition | { readonly fault: string } {
  const [, word = "", value = ""] = /^(\S+)(?:\s+(.*))?$/.exec(text) ?? [];
  const kind = KINDS.find((known) => known === word);
  if (kind === undefined) return { fault: `asks for ${JSON.stringify(text)}, and can ask for ${KINDS.join(", ")}` };
  if (value === "" || (kind !== "header" && /\s/.test(value))) return { fault: `wants one word after ${kind}` };
  switch (kind) {
    case "sender":
    case "tenant":
    case "source":
      return { is: kind, value };
    case "to":
    case "from":
    case "provider":
      return { is: kind, value: value.toLowerCase() };
    case "class": {
      const known = CLASSES.find((one) => one === value);
      return known === undefined ? { fault: `names the class ${value}; classes are ${CLASSES.join(", ")}` } : { is: "class", value: known };
    }
    case "header":
      return readHeader(value);
    default:
      return unreachable(kind);
  }
}

function readHeader(text: string): Condition | { readonly fault: string } {
  const [, name = "", value] = /^([!-9;<>-~]+?)(?:=(.*))?$/.exec(text) ?? [];
  if (name === "") return { fault: "wants header NAME or header NAME=VALUE" };
  return { is: "header", name, ...(value !== undefined && { value: value.trim().toLowerCase() }) };
}

export function fits(rule: ChoiceRule, known: Known): boolean {
  return rule.when.every((condition) => holds(condition, known));
}

function holds(condition: Condition, known: Known): boolean {
  switch (condition.is) {
    case "sender":
    case "tenant":
    case "source":
    case "provider":
    case "class":
      return known[condition.is] === condition.value;
    case "to":
      return isUnder(known.domain, condition.value);
    case "from":
      return isUnder(known.fromDomain(), condition.value);
    case "header": {
      const value = known.header(condition.name);
      return value !== undefined && (condition.value === undefined || value.trim().toLowerCase() === condition.value);
    }
    default:
      return unreachable(condition);
  }
}

function isUnder(domain: string | undefined, wanted: string): boolean {
  return domain !== undefined && (wanted.startsWith(".") ? domain.endsWith(wanted) : domain === wanted);
}
