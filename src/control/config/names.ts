/** Host and domain names as settings take them: A-labels, without a final dot. */

/** RFC 1123 §2.1, with the underscore that some hosts have. */
export function isHostname(name: string): boolean {
  return (
    name.length <= 253 &&
    /^(?!.*\.\d+$)(?!\d+$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i.test(name)
  );
}

/** A recipient domain in its one form; undefined if the text is none. */
export function readDomain(text: string): string | undefined {
  const domain = text.toLowerCase().replace(/\.$/, "");
  return isHostname(domain) && domain.includes(".") ? domain : undefined;
}
