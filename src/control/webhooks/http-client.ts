/** HTTP towards receivers is a port: one request, to addresses that were looked at before. */

export interface HttpPost {
  readonly url: string;
  /** Where to connect; the name in `url` is not looked up again. */
  readonly addresses: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** How much of the answer is read; the rest is not. */
  readonly mostBytes: number;
  /** Ends it: after the answer's head has come, with what was read of it. */
  readonly signal: AbortSignal;
}

export type HttpAnswer =
  | { readonly is: "answer"; readonly status: number; readonly retryAfter: string | undefined; readonly text: string }
  /** No answer came. `why` is a clause of ours, without addresses. */
  | { readonly is: "failed"; readonly why: string };

export interface HttpClient {
  /** Follows no redirect. Does not reject. */
  post(request: HttpPost): Promise<HttpAnswer>;
}

export interface HttpGet {
  readonly url: string;
  readonly addresses: readonly string[];
  /** A longer answer is none. */
  readonly mostBytes: number;
  /** Ends it, whatever has come. */
  readonly signal: AbortSignal;
}

export type HttpPage =
  | { readonly is: "page"; readonly status: number; readonly mediaType: string; readonly text: string }
  /** `certificate`: the connection was made, and its certificate refused. */
  | { readonly is: "failed"; readonly why: string; readonly certificate: boolean };

export interface HttpReader {
  /** Whole pages or nothing. Follows no redirect. Does not reject. */
  get(request: HttpGet): Promise<HttpPage>;
}
