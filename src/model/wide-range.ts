/** Who may send without a login is said in ranges of addresses (R24), and one that is nearly the internet lets strangers in. */
import { type Cidr, cidrText, isLoopback } from "../base/ip.ts";

const WIDEST = { 4: 16, 6: 32 } as const;

/** `10.0.0.0/8 is wider than /16`; undefined where it is not. IPv4's loopback is as wide, and holds one machine. */
export function tooWide(range: Cidr): string | undefined {
  const { address, family, bits } = range;
  if (bits >= WIDEST[family] || (family === 4 && bits >= 8 && isLoopback(address))) return undefined;
  return `${cidrText(range)} is wider than /${WIDEST[range.family]}`;
}
