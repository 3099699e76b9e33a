/** Mail addresses as the envelope has them: `local@domain`, without angle brackets; "" is the null path. */

/** The domain in lower case; an address literal with its brackets; "" where there is none (`postmaster`, the null path). */
export function domainOf(address: string): string {
  const at = address.lastIndexOf("@");
  return at < 0 ? "" : address.slice(at + 1).toLowerCase();
}
