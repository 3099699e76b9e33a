/** Which deliveries a command line means: flags as they stand, and operands that are ids or addresses. */
import type { ApiClient } from "../control/api/client.ts";
import type { InputOf } from "../control/api/routes.ts";
import { readId } from "../model/ids.ts";
import { type CommandFault, usageFault } from "./exit.ts";
import type { Call } from "./verb.ts";

export type Selection = InputOf<"act">["selector"];
type AddressFlag = "to" | "from" | "sender";

const TEXT_FLAGS = ["sender", "from", "to", "domain", "source", "site", "older", "reply"] as const;
const ADDRESS_FLAGS: readonly AddressFlag[] = ["to", "from", "sender"];

/** Without the operands. */
export function flagSelection({ flags }: Pick<Call, "flags">): Selection {
  const state = flags.text("state");
  return {
    ...Object.fromEntries(TEXT_FLAGS.flatMap((name) => (flags.text(name) === undefined ? [] : [[name, flags.text(name)]]))),
    ...(flags.all("id").length > 0 && { id: flags.all("id") }),
    ...(state !== undefined && { states: [state] as ("queued" | "held")[] }),
  };
}

export function isIdLike(word: string): boolean {
  return !("fault" in readId(word.split(".", 1)[0] ?? ""));
}

/** What is no id: mistyped, or something else. `instead` is what else to do with it. */
export function noIdFault(word: string, otherwise: string, instead: string): CommandFault {
  const read = readId(word.split(".", 1)[0] ?? "");
  if (!("fault" in read) || read.fault !== "mistyped") return usageFault(`${word} is ${otherwise}`, instead);
  return usageFault(
    `${word} has a typing error: its check characters do not fit`,
    "copy it again; a message's id has 16 letters and digits",
  );
}

/**
 * Adds the operands. Ids are joined; an address may be a recipient, a MAIL FROM or a sender, so it is looked for as
 * each. `one` refuses an address that is more than one of them, because an action must not guess.
 * @returns one selection, or several to be listed one after the other.
 */
export async function fullSelections(call: Call, client: ApiClient, need: "one" | "all"): Promise<readonly Selection[]> {
  const base = flagSelection(call);
  const ids = call.operands.filter(isIdLike);
  const addresses = call.operands.filter((word) => !isIdLike(word));
  if (addresses.length === 0) return [ids.length > 0 ? { ...base, id: [...(base.id ?? []), ...ids] } : base];
  if (ids.length > 0 || addresses.length > 1) throw usageFault("name either ids or one address", "several addresses are several commands");
  const [address = ""] = addresses;
  if (!address.includes("@")) throw noIdFault(address, "neither an id nor an address", `did you mean --domain ${address}?`);
  const counted = await Promise.all(
    ADDRESS_FLAGS.filter((flag) => base[flag] === undefined).map(async (flag) => {
      const selection: Selection = { ...base, [flag]: address };
      const { total } = await client.call("deliveries", { ...selection, limit: 1, total: true });
      return { flag, selection, count: total ?? 0 };
    }),
  );
  const hits = counted.filter(({ count }) => count > 0);
  if (hits.length > 1 && need === "one") {
    const kinds = hits.map(({ flag, count }) => `--${flag} ${address} (${count})`);
    throw usageFault(`${address} may be ${kinds.join(" or ")}`, "say which one");
  }
  return hits.length > 0 ? hits.map(({ selection }) => selection) : [{ ...base, to: address }];
}

/** Kinds of events; absent: all of them. */
export function kindsFlag({ flags }: Pick<Call, "flags">): { readonly kinds?: string[] } {
  return flags.on("kinds") ? { kinds: [...flags.all("kinds")] } : {};
}

/** A whole number of a flag. */
export function numberFlag({ flags }: Pick<Call, "flags">, name: string, usual: number, most: number, least: 0 | 1 = 1): number {
  const text = flags.text(name);
  if (text === undefined) return usual;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (number < least || number > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw usageFault(`--${name} must be a number ${range}, not ${text.slice(0, 40)}`);
  }
  return number;
}
