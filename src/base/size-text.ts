/** Sizes and counts as people read them. */

/** `812 B`, `18 KB`, `1.4 MB`: powers of 1024, whole above ten. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let size = bytes;
  let unit = "";
  for (unit of ["KB", "MB", "GB", "TB"]) {
    size /= 1024;
    if (size < 1024) break;
  }
  return `${size < 10 ? Math.round(size * 10) / 10 : Math.round(size)} ${unit}`;
}

/** `4,812`. */
export function countText(count: number): string {
  return String(Math.trunc(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Octets of `50 MB`, `512KB`, `1.5G`, `1048576`: the reverse of `bytesText`. */
export function parseBytes(text: string): number | undefined {
  const [, amount, unit = ""] = /^(\d{1,15}(?:\.\d{1,3})?)\s*([kmgt]?)i?b?$/i.exec(text.trim()) ?? [];
  const bytes = Math.round(Number(amount) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
