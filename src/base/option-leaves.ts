/**
 * The leaves of a schema: each reads one written value and says, if it cannot, what it must be and gives an example.
 * A leaf without a default is `undefined` where nothing is written.
 */
import { type Cidr, cidrText, ipFamily, parseCidr } from "./ip.ts";
import type { Endpoint } from "./network.ts";
import { type Change, type Option, scalarText } from "./option.ts";
import { bytesText, parseBytes } from "./size-text.ts";
import { parseDuration, shortDuration } from "./time-text.ts";

interface Common<D> {
  readonly doc: string;
  readonly default?: D;
  /** What holds without it, in words, where that is not one value: "the larger of …". */
  readonly otherwise?: string;
  readonly change?: Change;
}

interface Kind<T> {
  /** Completes "must be …". */
  readonly form: string;
  readonly example: string;
  /** Never repeated in a message. */
  readonly secret?: boolean;
  /** Undefined refuses with `form`; a `{ refused }` with its own words. */
  read(text: string): T | undefined | { readonly refused: string };
  show(value: T): string;
}

/** A leaf of a kind of one's own. */
export function leaf<T extends string | number | boolean | object, D extends T | undefined = undefined>(
  kind: Kind<T>,
  options: Common<D>,
): Option<T | D> {
  const { doc, change = "restart" } = options;
  const absent = options.default as D;
  const usual = absent === undefined ? undefined : kind.show(absent as T);
  return {
    description: { is: "leaf", doc, form: kind.form, example: kind.example, usual, otherwise: options.otherwise, change },
    absent,
    read(written, path, report) {
      const text = scalarText(written, path, kind.form, report);
      if (text === undefined) return absent;
      const value = kind.read(text);
      if (value !== undefined && !(typeof value === "object" && "refused" in value)) return value;
      const got = kind.secret ? "" : ` (got ${JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)})`;
      const cause = value === undefined ? `must be ${kind.form}, for example ${kind.example}${got}` : value.refused;
      report({ path, line: written.line, cause, remedy: undefined });
      return absent;
    },
  };
}

/** Any text but none at all. */
export function text<D extends string | undefined = undefined>(
  options: Common<D> & { readonly form: string; readonly example: string },
): Option<string | D> {
  return leaf(
    { form: options.form, example: options.example, read: (written) => (written === "" ? undefined : written), show: (value) => value },
    options,
  );
}

export function wholeNumber<D extends number | undefined = undefined>(
  options: Common<D> & { readonly least: number; readonly most: number; readonly example?: number },
): Option<number | D> {
  const { least, most, example = options.default ?? least } = options;
  const read = (written: string): number | undefined => {
    const value = /^\d{1,15}$/.test(written) ? Number(written) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };
  return leaf({ form: `a whole number from ${least} to ${most}`, example: String(example), read, show: String }, options);
}

/** Milliseconds, written with a unit: `30s`, `1h30m`, `3d`. */
export function duration<D extends number | undefined = undefined>(
  options: Common<D> & { readonly least: string; readonly most: string },
): Option<number | D> {
  const [least = 0, most = 0] = [options.least, options.most].map(parseDuration);
  const read = (written: string): number | undefined => {
    const value = parseDuration(written);
    return value !== undefined && value >= least && value <= most ? value : undefined;
  };
  const example = options.default === undefined ? "15m" : shortDuration(options.default);
  return leaf({ form: `a time from ${options.least} to ${options.most}`, example, read, show: shortDuration }, options);
}

/** Octets, written as `50 MB`; K, M, G and T count in steps of 1024. */
export function byteCount<D extends number | undefined = undefined>(
  options: Common<D> & { readonly least: string; readonly most: string },
): Option<number | D> {
  const [least = 0, most = 0] = [options.least, options.most].map(parseBytes);
  const read = (written: string): number | undefined => {
    const value = parseBytes(written);
    return value !== undefined && value >= least && value <= most ? value : undefined;
  };
  return leaf(
    {
      form: `a size from ${options.least} to ${options.most}`,
      example: options.default === undefined ? "2 GB" : bytesText(options.default),
      read,
      show: bytesText,
    },
    options,
  );
}

export function yesNo<D extends boolean | undefined = undefined>(options: Common<D>): Option<boolean | D> {
  const read = (written: string): boolean | undefined => (written === "true" ? true : written === "false" ? false : undefined);
  return leaf({ form: "true or false", example: "true", read, show: String }, options);
}

export function choice<const T extends string>(
  words: readonly [T, ...T[]],
  options: Common<NoInfer<T>> & { readonly default: NoInfer<T> },
): Option<T>;
export function choice<const T extends string>(words: readonly [T, ...T[]], options: Common<undefined>): Option<T | undefined>;
export function choice<T extends string>(words: readonly [T, ...T[]], options: Common<T | undefined>): Option<T | undefined> {
  return leaf<T, T | undefined>(
    {
      form: `one of ${words.join(", ")}`,
      example: words[0],
      read: (written) => words.find((word) => word === written),
      show: (value) => value,
    },
    options,
  );
}

/** An address of this machine and a port: `0.0.0.0:25`, `[::1]:2525`, `localhost:2525`. Names are not looked up. */
export function hostPort<D extends Endpoint | undefined = undefined>(
  options: Common<D> & { readonly example: string },
): Option<Endpoint | D> {
  return leaf({ form: "HOST:PORT", example: options.example, read: readEndpoint, show: endpointText }, options);
}

/** A range of addresses, or one. */
export function cidr<D extends Cidr | undefined = undefined>(options: Common<D>): Option<Cidr | D> {
  const read = (written: string): Cidr | undefined | { readonly refused: string } => {
    const range = parseCidr(written);
    if (range === undefined) return undefined;
    const start = firstAddress(range);
    if (start === undefined || start === range.address) return range;
    return {
      refused: `${cidrText(range)} has bits set outside its mask: write ${start}/${range.bits} for the range, or ${range.address} for the one address`,
    };
  };
  return leaf({ form: "an address or range", example: "192.0.2.0/24", read, show: cidrText }, options);
}

export function endpointText({ ip, port }: Endpoint): string {
  return ipFamily(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** Port 0 (any free one) is allowed: tests ask for it. */
export function readEndpoint(written: string): Endpoint | undefined {
  const parts = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(written);
  const port = Number(parts?.[3]);
  const ip = parts?.[1] ?? (parts?.[2] === "localhost" ? "127.0.0.1" : parts?.[2]);
  if (ip === undefined || port > 65_535) return undefined;
  const family = ipFamily(ip);
  return family !== undefined && (family === 6) === (parts?.[1] !== undefined) ? { ip, port } : undefined;
}

/** The lowest address of an IPv4 range; IPv6 ranges are taken as they are, since one address has many spellings. */
function firstAddress({ address, family, bits }: Cidr): string | undefined {
  if (family === 6) return undefined;
  const number = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = 2 ** (32 - bits);
  const start = number - (number % size);
  return [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join(".");
}
