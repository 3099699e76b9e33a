/** The HTTP port of webhooks by node:http and node:https, one connection a request. */
import { type IncomingMessage, request as plain, type RequestOptions } from "node:http";
import { request as secure } from "node:https";
import type { LookupFunction } from "node:net";
import { codeOf, textOf } from "../../base/fault.ts";
import { ipFamily } from "../../base/ip.ts";
import type { HttpAnswer, HttpClient, HttpGet, HttpPage, HttpPost, HttpReader } from "./http-client.ts";

/** `ca`: certificates to trust instead of the system's. */
export function httpsClient({ ca }: { readonly ca?: string } = {}): HttpClient & HttpReader {
  return { post: async (asked) => await answerTo(asked, ca), get: async (asked) => await pageAt(asked, ca) };
}

/** HTTPS only: what comes in clear may be anybody's. */
function pageAt({ url, addresses, mostBytes, signal }: HttpGet, ca: string | undefined): Promise<HttpPage> {
  return new Promise((resolve) => {
    const failed = (thrown: unknown): void => resolve({ is: "failed", why: faultText(thrown), certificate: isOfCertificate(thrown) });
    if (signal.aborted) return failed(signal.reason);
    const made = secure(url, { lookup: only(addresses), agent: false, ...(ca !== undefined && { ca }) });
    const end = (why: string): void => {
      failed(new Error(why));
      made.destroy();
    };
    const abort = (): void => end(textOf(signal.reason));
    signal.addEventListener("abort", abort, { once: true });
    made.on("close", () => {
      signal.removeEventListener("abort", abort);
      failed(new Error("the connection was cut")); // unless there was an answer or a fault before
    });
    made.on("error", failed);
    made.on("response", (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        parts.push(part);
        if (bytes > mostBytes) end(`it has more than ${mostBytes} octets`);
      });
      response.on("error", failed);
      response.on("end", () => {
        const mediaType = (response.headers["content-type"] ?? "").split(";", 1)[0] ?? "";
        const text = Buffer.concat(parts).toString("utf8");
        resolve({ is: "page", status: response.statusCode ?? 0, mediaType: mediaType.trim().toLowerCase(), text });
      });
    });
    made.end();
  });
}

/** OpenSSL's codes of a chain that does not hold, and node's of a name that does not fit. */
function isOfCertificate(thrown: unknown): boolean {
  return /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(codeOf(thrown));
}

function answerTo({ url, addresses, headers, body, mostBytes, signal }: HttpPost, ca: string | undefined): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    const failed = (thrown: unknown): void => resolve({ is: "failed", why: faultText(thrown) });
    if (signal.aborted) return failed(signal.reason);
    const options: RequestOptions = {
      method: "POST",
      headers: { ...headers, "content-length": body.length },
      lookup: only(addresses), // of several the first that connects: node's own way
      agent: false, // a connection that is kept could lead where this webhook may not go
    };
    const made = url.startsWith("https:") ? secure(url, { ...options, ...(ca !== undefined && { ca }) }) : plain(url, options);
    const abort = (): void => void made.destroy(signal.reason instanceof Error ? signal.reason : new Error("ended"));
    signal.addEventListener("abort", abort, { once: true });
    made.on("close", () => signal.removeEventListener("abort", abort));
    let answered = false;
    made.on("error", (thrown) => {
      if (!answered) failed(thrown); // an answer that breaks off is still one
    });
    made.on("response", (response) => {
      answered = true;
      readSome(response, mostBytes, (text) => {
        resolve({ is: "answer", status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"], text });
        made.destroy();
      });
    });
    made.end(body);
  });
}

/** Calls with what came, be it whole, cut, or broken off: the status was said before. */
function readSome(response: IncomingMessage, most: number, then: (text: string) => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  const done = (): void => then(Buffer.concat(parts).subarray(0, most).toString("utf8"));
  response.on("data", (part: Buffer) => {
    if (bytes >= most) return;
    parts.push(part);
    bytes += part.length;
    if (bytes >= most) done();
  });
  response.on("end", done);
  response.on("error", done);
  response.on("close", done);
}

/** Stands for the look-up: whatever is asked, the answer is what was checked. */
function only(addresses: readonly string[]): LookupFunction {
  const all = addresses.flatMap((address) => {
    const family = ipFamily(address);
    return family === undefined ? [] : [{ address, family }];
  });
  return (_host, options, callback) => {
    const [first] = all;
    if (first === undefined) callback(new Error("no address"), "");
    else if (options.all) callback(null, all);
    else callback(null, first.address, first.family);
  };
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ETIMEDOUT: "no connection came about",
  EHOSTUNREACH: "there is no way to its address",
  ENETUNREACH: "there is no way to its address",
  CERT_HAS_EXPIRED: "its certificate is over",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate has another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by nobody else",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is signed by an authority that is not known here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate comes without the ones above it",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is signed by an authority that is not known here",
};

/** System messages name addresses, and a tenant need not know where a name leads from here: so our words, or the code. */
function faultText(thrown: unknown): string {
  const code = codeOf(thrown) || codeOf(thrown instanceof AggregateError ? thrown.errors[0] : undefined);
  if (code === "") return textOf(thrown);
  return WORDS[code] ?? (code.startsWith("HPE_") ? `its answer is no HTTP (${code})` : `the connection failed (${code})`);
}
