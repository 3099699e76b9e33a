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
