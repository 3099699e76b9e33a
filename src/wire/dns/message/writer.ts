/** Where a message is written: octets, numbers, and names that point back to what was already said (RFC 1035 §4.1.4). */
import { labelsOf, parentOf } from "./names.ts";

/** What a message may have: its length has two octets in front over TCP. */
export const MESSAGE_OCTETS = 65_535;
/** What a pointer can reach. */
const POINTER_REACH = 0x3fff;

export class MessageWriter {
  #bytes = new Uint8Array(512);
  #at = 0;
  #names = new Map<string, number>();

  get length(): number {
    return this.#at;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Forgets everything from there on. */
  cutAt(length: number): void {
    this.#at = length;
    for (const [name, at] of this.#names) if (at >= length) this.#names.delete(name);
  }

  u8(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  u16(value: number): void {
    this.u8((value >> 8) & 0xff);
    this.u8(value & 0xff);
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  octets(octets: Uint8Array): void {
    this.#room(octets.length);
    this.#bytes.set(octets, this.#at);
    this.#at += octets.length;
  }

  /** Replaces two octets that were written before. */
  u16At(at: number, value: number): void {
    this.#bytes[at] = (value >> 8) & 0xff;
    this.#bytes[at + 1] = value & 0xff;
  }

  /** A name in its one form (`nameOf`). */
  name(name: string): void {
    for (let rest: string | undefined = name; rest !== undefined && rest !== ""; rest = parentOf(rest)) {
      const known = this.#names.get(rest);
      if (known !== undefined) return this.u16(0xc000 | known);
      if (this.#at <= POINTER_REACH) this.#names.set(rest, this.#at);
      const label = labelsOf(rest)?.[0] ?? [];
      this.u8(label.length);
      this.octets(Uint8Array.from(label));
    }
    this.u8(0);
  }

  #room(octets: number): void {
    if (this.#at + octets <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + octets));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}
