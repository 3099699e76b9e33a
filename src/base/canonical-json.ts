/** JSON in one form: equal values have equal texts, so that they can be compared and hashed. */

/** Names in order, nothing undefined. For plain data: objects, arrays, strings, numbers, booleans, null. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
