/** What intake says. Stable codes (`FL-…`) mean the same for ever; wording may improve. 4xx is for our own trouble (R8). */
import type { Reply } from "../../model/reply.ts";
import type { SuppressionEntry } from "../../store/suppression/suppression.ts";

const reply = (code: number, enhanced: string, text: string): Reply => ({ code, enhanced, text });

export const DISK_FULL = reply(452, "4.3.1", "FL-4001 disk nearly full; keep it and retry");
export const CANNOT_STORE = reply(451, "4.3.0", "FL-4002 cannot store mail now; keep it and retry");
export const TOO_BUSY = reply(451, "4.3.2", "FL-4003 too busy; keep it and retry");
export const STOPPING = reply(451, "4.3.2", "FL-4004 stopping; keep it and retry");
export const LOGIN_FIRST = reply(530, "5.7.0", "FL-5102 log in first, or ask for your address to be allowed");
export const NOT_ALLOWED = reply(550, "5.7.1", "FL-5103 your address may not send through this server");
export const NO_DOMAIN = reply(550, "5.1.2", "FL-5403 the recipient's address has no domain");
export const NO_RECIPIENT = reply(554, "5.5.1", "FL-5504 no valid recipients");

export const RETURN_EXPIRED = reply(550, "5.1.1", "FL-5406 this return path has expired");
export const RETURN_UNKNOWN = reply(550, "5.1.1", "FL-5407 nothing is known any more of the message this is about");
/** A report, taken note of and not passed on. */
export const NOTED = reply(250, "2.0.0", "noted");
/** Mail to a return path goes alone: what it is about is told by its recipient. */
export const ONE_RETURN = reply(452, "4.5.3", "one return path in a transaction; send this one again");

/** A recipient whom the tenant does not write to any more (R17). */
export function suppressed({ address, why }: Pick<SuppressionEntry, "address" | "why">): Reply {
  switch (why) {
    case "badrcpt":
      return reply(550, "5.1.1", `FL-5401 ${address} does not exist, as its server said`);
    case "suspended":
      return reply(550, "5.2.1", `FL-5408 ${address} is out of use, as its server said`);
    case "complaint":
    case "unsubscribe":
      return reply(550, "5.7.1", `FL-5404 ${address} asked not to be written to`);
    case "operator":
    case "import":
      return reply(550, "5.7.1", `FL-5405 ${address} is on your list of addresses not to be written to`);
  }
}

export function looping(hops: number): Reply {
  return reply(550, "5.4.6", `FL-5503 loop, ${hops} hops`);
}

export function accepted(id: string): Reply {
  return reply(250, "2.0.0", `accepted as ${id}`);
}
