/** The control API's client: a typed call for each route, and errors that say what is wrong and what to do. */
import { type IncomingMessage, type RequestOptions, request } from "node:http";
import { systemClock } from "../../base/clock.ts";
import { codeOf, Fault, textOf } from "../../base/fault.ts";
import { type WrittenCall, writeCall } from "./paths.ts";
import type { ErrorBody } from "./refused.ts";
import type { InputOf, ReplyOf, RouteName } from "./routes.ts";
import { socketPlace } from "./socket-place.ts";
import { type Unreached, whyNotBySocket, whyNotByUrl } from "./unreached.ts";

/** Nothing answers there; `cause` has the system's code (ENOENT, ECONNREFUSED, EACCES …). */
export class Unreachable extends Fault<"API_UNREACHABLE"> {
  /** Where the reason itself says what to do. */
  readonly fix: string | undefined;
  constructor({ text, fix }: Unreached, cause: unknown) {
    super("API_UNREACHABLE", text, cause);
    this.fix = fix;
  }
}

/** A node's HTTP door, with the key that opens it. */
export interface RemoteNode {
  /** `https:`, or `http:` to this machine; a path before the API's own is kept. */
  readonly url: URL;
  readonly token: string;
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca?: string;
}

/** The node answered with an error: `code` and `fix` are its own. */
export class ApiFailure extends Fault {
  readonly status: number;
  readonly fix: string | null;
  constructor(status: number, code: string, text: string, fix: string | null) {
    super(code, text);
    this.status = status;
    this.fix = fix;
  }
}

export interface ApiClient {
  /** @throws {Unreachable | ApiFailure} */
  call<Name extends RouteName>(name: Name, input: InputOf<Name>): Promise<ReplyOf<Name>>;
  /** The same for routes that answer with octets, as they come. @throws {Unreachable | ApiFailure} */
  stream<Name extends RouteName>(name: Name, input: InputOf<Name>): Promise<AsyncIterable<Uint8Array>>;
}

export interface ClientOptions {
  /** Silence on the socket for this long ends a call. Bulk actions take their time. */
  readonly timeoutMs?: number;
  /** Who asks, for the record. */
  readonly by?: string;
  /** Ends what is under way: the call rejects with its reason. What an order has begun goes on in the node. */
  readonly signal?: AbortSignal;
}

const USUAL_TIMEOUT_MS = 310_000; // longer than the server's own limit, so that its explanation arrives
const CONNECT_MS = 15_000;
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;

/** @param place the path of the node's own socket, or its HTTP door. Nothing is opened before the first call. */
export function openClient(place: string | RemoteNode, options: ClientOptions = {}): ApiClient {
  const { timeoutMs = USUAL_TIMEOUT_MS } = options;
  const exchange = (written: WrittenCall): Promise<IncomingMessage> => {
    const sending = { ...options, timeoutMs };
    return typeof place === "string" ? sendBySocket(place, written, sending) : sendByUrl(place, written, sending);
  };
  const unreachable = (thrown: unknown): unknown => {
    if (options.signal?.aborted) return options.signal.reason; // the caller ended it, and the node may be well
    const why = typeof place === "string" ? whyNotBySocket(codeOf(thrown), place) : whyNotByUrl(codeOf(thrown), place.url);
    return new Unreachable(why ?? { text: `the node does not answer: ${textOf(thrown)}` }, thrown);
  };
  const answerTo = async (written: WrittenCall): Promise<{ status: number; text: string }> => {
    try {
      const response = await exchange(written);
      return { status: response.statusCode ?? 0, text: await wholeText(response) };
    } catch (thrown) {
      throw unreachable(thrown);
    }
  };
  return {
    call: async <Name extends RouteName>(name: Name, input: InputOf<Name>) => {
      const { status, text } = await answerTo(writeCall(name, input));
      const value = parsed(text);
      if (status >= 200 && status < 300 && value !== undefined) return value as ReplyOf<Name>; // the server's table made it
      throw failureIn(status, value);
    },
    stream: async (name, input) => {
      let response: IncomingMessage;
      try {
        response = await exchange(writeCall(name, input));
        if (response.statusCode === 200) return octetsOf(response, unreachable);
      } catch (thrown) {
        throw unreachable(thrown);
      }
      throw failureIn(response.statusCode ?? 0, parsed(await wholeText(response)));
    },
  };
}

/** A node that goes away amid an answer is one that cannot be reached. */
async function* octetsOf(response: AsyncIterable<Uint8Array>, unreachable: (thrown: unknown) => unknown): AsyncGenerator<Uint8Array> {
  try {
    yield* response;
  } catch (thrown) {
    throw unreachable(thrown);
  }
}

function failureIn(status: number, value: unknown): ApiFailure {
  if (isErrorBody(value)) return new ApiFailure(status, value.error.code, value.error.text, value.error.fix);
  const text = `what answers is no Fairlead, or another version: status ${status} without an explanation`;
  return new ApiFailure(status, "bad-answer", text, "look at the address, and at what stands before the node");
}

type Sending = ClientOptions & { readonly timeoutMs: number };

async function sendBySocket(socketPath: string, written: WrittenCall, sending: Sending): Promise<IncomingMessage> {
  using place = socketPlace(socketPath);
  const who: Record<string, string> = sending.by === undefined ? {} : { "fairlead-by": sending.by };
  return await send(request, { socketPath: place.address }, who, written, sending);
}

/** No redirect is followed: the key goes to the address that was named, and nowhere else. */
async function sendByUrl({ url, token, ca }: RemoteNode, written: WrittenCall, sending: Sending): Promise<IncomingMessage> {
  const secure = url.protocol === "https:";
  const by = secure ? (await import("node:https")).request : request;
  const where = {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    ...(ca === undefined ? {} : { ca }),
  };
  const target = `${url.pathname.replace(/\/+$/, "")}${written.target}`;
  return await send(by, where, { authorization: `Bearer ${token}` }, { ...written, target }, sending);
}

function send(
  by: typeof request,
  where: RequestOptions,
  who: Readonly<Record<string, string>>,
  { method, target, body }: WrittenCall,
  { timeoutMs, signal }: Sending,
): Promise<IncomingMessage> {
  return new Promise((resolve, fail) => {
    const headers = { connection: "close", ...who, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const whole = { ...where, method, path: target, headers, agent: false, timeout: timeoutMs };
    const sending = by({ ...whole, ...(signal === undefined ? {} : { signal }) }, resolve);
    const late = (): void => void sending.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }));
    // A firewall that drops what comes would keep the system trying for minutes.
    const connected = systemClock.after(CONNECT_MS, late);
    sending.on("socket", (socket) => (socket.connecting ? socket.once("connect", connected) : connected()));
    sending.on("timeout", late);
    sending.on("close", connected);
    sending.on("error", fail);
    sending.end(body);
  });
}

async function wholeText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MOST_ANSWER_BYTES) throw new Error("the answer is larger than 64 MB");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON: the caller says so
  }
}

function isErrorBody(value: unknown): value is ErrorBody {
  return (
    typeof value === "object" &&
    value !== null &&
    "error" in value &&
    typeof value.error === "object" &&
    value.error !== null &&
    "text" in value.error
  );
}
