/** Passwords that the program makes for people and servers. */
import type { Random } from "./random.ts";

/** Crockford's letters: none look alike, and shells and forms leave them alone. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 20;

/** 100 bits. */
export function newPassword(random: Random): string {
  return Array.from(random.bytes(LENGTH), (byte) => LETTERS[byte & 31]).join("");
}
