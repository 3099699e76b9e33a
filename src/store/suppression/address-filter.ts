/**
 * Whether an address may be among a million, answered in about a microsecond: a set of their 53-bit hashes, 16 MB a
 * million. "No" is certain; "perhaps" is right but for one in billions, and for what was taken out since the set was made.
 * The hash is seeded, so that nobody can choose addresses that meet in one place.
 */
import { domainToASCII } from "node:url";
import type { Random } from "../../base/random.ts";
import type { TenantId } from "../../model/ids.ts";

const SMALLEST = 1024;
/** Probes stay short below this; it doubles above. */
const FULLEST = 0.6;

export class AddressFilter {
  readonly #seed: number;
  #slots = new Float64Array(SMALLEST);
  #size = 0;

  constructor(random: Random) {
    this.#seed = Math.floor(random.next() * 2 ** 32);
  }

  get size(): number {
    return this.#size;
  }

  has(tenant: TenantId, address: string): boolean {
    const hash = this.#hash(tenant, address);
    return this.#slots[this.#place(hash)] === hash;
  }

  add(tenant: TenantId, address: string): void {
    if (this.#size >= this.#slots.length * FULLEST) this.#grow();
    const hash = this.#hash(tenant, address);
    const place = this.#place(hash);
    if (this.#slots[place] === hash) return;
    this.#slots[place] = hash;
    this.#size++;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Float64Array(before.length * 2);
    for (const hash of before) if (hash !== 0) this.#slots[this.#place(hash)] = hash;
  }

  /** Where the hash is, or where it would be put. */
  #place(hash: number): number {
    const last = this.#slots.length - 1;
    let place = hash % this.#slots.length;
    while (this.#slots[place] !== 0 && this.#slots[place] !== hash) place = place === last ? 0 : place + 1;
    return place;
  }

  /** Two 32-bit hashes side by side (cyrb53's way of mixing), 53 bits of them, never 0. */
  #hash(tenant: string, address: string): number {
    let a = 0xdeadbeef ^ this.#seed;
    let b = 0x41c6ce57 ^ this.#seed;
    const mix = (code: number): void => {
      a = Math.imul(a ^ code, 0x9e3779b1);
      b = Math.imul(b ^ code, 0x5f356495);
    };
    for (let i = 0; i < tenant.length; i++) mix(tenant.charCodeAt(i));
    mix(0x10000); // so that no tenant's end is an address's beginning
    for (let i = 0; i < address.length; i++) mix(address.charCodeAt(i));
    a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
    b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
    return (b >>> 0) * 2 ** 21 + (a >>> 11) || 1;
  }
}

const LONGEST = 320;

/**
 * The form in which addresses are compared: lower case as a whole (receivers that tell `Ann` from `ann` are not met in
 * practice), the domain in A-labels. Undefined if it is no address.
 */
export function normalAddress(text: string): string | undefined {
  if (text.length > LONGEST) return undefined;
  const low = text.toLowerCase().toWellFormed();
  const at = low.lastIndexOf("@");
  if (at < 1) return undefined;
  if (/[\s\p{Cc}<>]/u.test(low)) return undefined;
  const domain = low.slice(at + 1);
  if (/^[a-z0-9.-]+$/.test(domain)) return domain.endsWith(".") ? normalAddress(low.slice(0, -1)) : low;
  if (/^\[[a-z0-9.:-]+\]$/.test(domain)) return low; // an address literal
  const ascii = domainToASCII(domain);
  return ascii === "" ? undefined : `${low.slice(0, at)}@${ascii}`;
}
