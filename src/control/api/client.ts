/** The control API's client: a typed call for each route, and errors that say what is wrong and what to do. */
import { type IncomingMessage, request } from "node:http";
import { codeOf, Fault, textOf } from "../../base/fault.ts";
import { type WrittenCall, writeCall } from "./paths.ts";
import type { ErrorBody } from "./refused.ts";
import type { InputOf, ReplyOf, RouteName } from "./routes.ts";
import { socketPlace } from "./socket-place.ts";

/** Nothing answers on the socket; `cause` has the system's code (ENOENT, ECONNREFUSED, EACCES …). */
export class Unreachable extends Fault<"API_UNREACHABLE"> {}

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
  readonly socketPath: string;
  /** @throws {Unreachable | ApiFailure} */
  call<Name extends RouteName>(name: Name, input: InputOf<Name>): Promise<ReplyOf<Name>>;
  /** The same for routes that answer with octets, as they come. @throws {Unreachable | ApiFailure} */
  stream<Name extends RouteName>(name: Name, input: InputOf<Name>, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

export interface ClientOptions {
  /** Silence on the socket for this long ends a call. Bulk actions take their time. */
  readonly timeoutMs?: number;
  /** Who asks, for the record. */
  readonly by?: string;
}

const USUAL_TIMEOUT_MS = 310_000; // longer than the server's own limit, so that its explanation arrives
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;

export function openClient(socketPath: string, { timeoutMs = USUAL_TIMEOUT_MS, by }: ClientOptions = {}): ApiClient {
  const exchange = (written: WrittenCall, signal?: AbortSignal): Promise<IncomingMessage> =>
    send(socketPath, written, { timeoutMs, ...(by === undefined ? {} : { by }), ...(signal === undefined ? {} : { signal }) });
  const unreachable = (thrown: unknown): Unreachable =>
    new Unreachable("API_UNREACHABLE", whyUnreachable(codeOf(thrown), socketPath) ?? `the node does not answer: ${textOf(thrown)}`, thrown);
  const answerTo = async (written: WrittenCall): Promise<{ status: number; text: string }> => {
    try {
      const response = await exchange(written);
      return { status: response.statusCode ?? 0, text: await wholeText(response) };
    } catch (thrown) {
      throw unreachable(thrown);
    }
  };
  return {
    socketPath,
    call: async <Name extends RouteName>(name: Name, input: InputOf<Name>) => {
      const { status, text } = await answerTo(writeCall(name, input));
      const value = parsed(text);
      if (status >= 200 && status < 300 && value !== undefined) return value as ReplyOf<Name>; // the server's table made it
      throw failureIn(status, value);
    },
    stream: async (name, input, signal) => {
      let response: IncomingMessage;
      try {
        response = await exchange(writeCall(name, input), signal);
        if (response.statusCode === 200) return response as AsyncIterable<Uint8Array>;
      } catch (thrown) {
        throw unreachable(thrown);
      }
      throw failureIn(response.statusCode ?? 0, parsed(await wholeText(response)));
    },
  };
}

function failureIn(status: number, value: unknown): ApiFailure {
  if (!isErrorBody(value)) return new ApiFailure(status, "bad-answer", `the node answered ${status} without an explanation`, null);
  return new ApiFailure(status, value.error.code, value.error.text, value.error.fix);
}

async function send(
  socketPath: string,
  { method, target, body }: WrittenCall,
  { timeoutMs, by, signal }: ClientOptions & { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<IncomingMessage> {
  using place = socketPlace(socketPath);
  return await new Promise((resolve, fail) => {
    const headers = {
      connection: "close",
      ...(by === undefined ? {} : { "fairlead-by": by }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const where = { socketPath: place.address, method, path: target, headers, agent: false, timeout: timeoutMs };
    const sending = request({ ...where, ...(signal === undefined ? {} : { signal }) }, resolve);
    sending.on("timeout", () => sending.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })));
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

function whyUnreachable(code: string, socketPath: string): string | undefined {
  switch (code) {
    case "ENOENT":
      return `no node runs on this data folder (there is no ${socketPath})`;
    case "ECONNREFUSED":
      return `the node was not stopped cleanly: nothing answers on ${socketPath}`;
    case "EACCES":
    case "EPERM":
      return `only the node's owner may open ${socketPath}`;
    case "ECONNRESET":
    case "EPIPE":
      return "the node hung up before it answered";
    default:
      return undefined;
  }
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
