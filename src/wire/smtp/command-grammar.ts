/**
 * A command line read into its meaning (RFC 5321 §4.1 and the extensions' parameters), or into the reply that says what
 * is wrong with it. Knows the language, not the session: whether a command may come now is the session's business.
 */
import type { BodyKind, Notify, Recipient } from "../../model/message.ts";
import type { Reply } from "../../model/reply.ts";
import type { Path, PathFault } from "./path.ts";
import { readPath } from "./path.ts";
import { plainName } from "./peer-address.ts";
import type { MailCommand } from "./server-host.ts";
import { decodeXtext } from "./xtext.ts";

export type Command =
  | { readonly verb: "EHLO" | "HELO"; readonly name: string }
  | { readonly verb: "MAIL"; readonly mail: MailCommand }
  | { readonly verb: "RCPT"; readonly recipient: Recipient; readonly nonAscii: boolean; readonly dsn: boolean }
  | { readonly verb: "BDAT"; readonly octets: number; readonly last: boolean }
  | { readonly verb: "AUTH"; readonly mechanism: string /** Base64 as sent, "=" for an empty one. */; readonly initial?: string }
  | { readonly verb: "XCLIENT"; readonly attributes: string }
  | { readonly verb: "DATA" | "RSET" | "NOOP" | "QUIT" | "STARTTLS" | "HELP" | "VRFY" | "ABSENT" | "HTTP" | "UNKNOWN" }
  /** The verb is known, the rest is wrong. */
  | { readonly verb: "WRONG"; readonly of: string; readonly reply: Reply };

/** RFC 3461 §4.4 and §4.2; counted as written, in xtext. */
const MAX_ENVID = 100;
const MAX_ORCPT = 500;
const MAX_HELO_NAME = 255;

/** Known to RFC 5321 and its forerunners, and not offered here. */
const ABSENT = new Set(["EXPN", "TURN", "ATRN", "ETRN", "SEND", "SOML", "SAML"]);
/** What a browser, or a page made to abuse one, says first: cross-protocol talk is cut off. */
const HTTP = new Set(["GET", "POST", "HEAD", "PUT", "OPTIONS", "CONNECT", "DELETE", "PATCH", "TRACE", "PRI"]);

/** `line` without its CRLF. */
export function readCommand(line: string): Command {
  const blank = line.indexOf(" ");
  const verb = (blank < 0 ? line : line.slice(0, blank)).toUpperCase();
  const rest = blank < 0 ? "" : line.slice(blank + 1);
  switch (verb) {
    case "MAIL":
      return readMail(rest);
    case "RCPT":
      return readRcpt(rest);
    case "EHLO":
    case "HELO":
      return readHello(verb, rest.trim());
    case "DATA":
    case "RSET":
    case "QUIT":
    case "STARTTLS":
      return rest.trim() === "" ? { verb } : wrong(verb, 501, "5.5.4", `${verb} takes no parameter`);
    case "NOOP":
    case "HELP":
      return { verb };
    case "VRFY":
      return rest.trim() === "" ? wrong(verb, 501, "5.5.4", "VRFY needs an address") : { verb };
    case "BDAT":
      return readBdat(rest.trim());
    case "AUTH":
      return readAuth(rest.trim());
    case "XCLIENT":
      return { verb, attributes: rest.trim() };
    default:
      return { verb: ABSENT.has(verb) ? "ABSENT" : HTTP.has(verb) ? "HTTP" : "UNKNOWN" };
  }
}

function readHello(verb: "EHLO" | "HELO", name: string): Command {
  if (name === "") return wrong(verb, 501, "5.5.4", `${verb} needs a host name`);
  if (name.length > MAX_HELO_NAME) return wrong(verb, 501, "5.5.4", "that host name is too long");
  return { verb, name: plainName(name) };
}

function readMail(rest: string): Command {
  if (rest.length < 5 || rest.slice(0, 5).toUpperCase() !== "FROM:") return wrong("MAIL", 501, "5.5.4", "the form is MAIL FROM:<address>");
  const read = readPath(rest, 5);
  if (!read.ok) return wrongPath("MAIL", read.fault);
  const parameters = readParameters("MAIL", rest, read.end);
  return parameters.ok ? mailOf(read.path, parameters.values) : parameters.wrong;
}

function mailOf(path: Path, parameters: ReadonlyMap<string, string>): Command {
  const draft: { -readonly [K in keyof MailCommand]: MailCommand[K] } = {
    mailFrom: path.address,
    body: "7bit",
    smtpUtf8: false,
    requireTls: false,
  };
  for (const [name, value] of parameters) {
    switch (name) {
      case "SIZE": // RFC 1870 §6.1
        if (!isNumber(value, 20)) return wrongParameter("MAIL", "SIZE");
        draft.size = Number(value);
        break;
      case "BODY": {
        const body = BODIES.get(value.toUpperCase());
        if (body === undefined) return wrongParameter("MAIL", "BODY");
        draft.body = body;
        break;
      }
      case "SMTPUTF8": // RFC 6531 §3.4
        if (value !== "") return wrongParameter("MAIL", "SMTPUTF8");
        draft.smtpUtf8 = true;
        break;
      case "RET": // RFC 3461 §4.3
        if (value.toUpperCase() === "FULL") draft.ret = "full";
        else if (value.toUpperCase() === "HDRS") draft.ret = "headers";
        else return wrongParameter("MAIL", "RET");
        break;
      case "ENVID": {
        const envid = value.length > MAX_ENVID ? undefined : decodeLine(value);
        if (envid === undefined || envid === "") return wrongParameter("MAIL", "ENVID");
        draft.envid = envid;
        break;
      }
      case "AUTH": {
        // RFC 4954 §5
        const auth = value === "<>" ? "" : decodeLine(value);
        if (auth === undefined || value === "") return wrongParameter("MAIL", "AUTH");
        draft.auth = auth;
        break;
      }
      case "REQUIRETLS": // RFC 8689 §3
        if (value !== "") return wrongParameter("MAIL", "REQUIRETLS");
        draft.requireTls = true;
        break;
      default:
        return wrong("MAIL", 555, "5.5.4", "a parameter of MAIL is not known here");
    }
  }
  if (path.nonAscii && !draft.smtpUtf8) return wrong("MAIL", 553, "5.6.7", "an address beyond ASCII needs SMTPUTF8");
  return { verb: "MAIL", mail: draft };
}

function readRcpt(rest: string): Command {
  if (rest.length < 3 || rest.slice(0, 3).toUpperCase() !== "TO:") return wrong("RCPT", 501, "5.5.4", "the form is RCPT TO:<address>");
  const read = readPath(rest, 3);
  if (!read.ok) return wrongPath("RCPT", read.fault);
  const { address, domain, nonAscii } = read.path;
  if (address === "") return wrong("RCPT", 501, "5.1.3", "a recipient cannot be empty");
  // RFC 5321 §4.5.1: postmaster alone needs no domain.
  if (domain === "" && address.toLowerCase() !== "postmaster") return wrong("RCPT", 501, "5.1.3", "the recipient has no domain");
  const parameters = readParameters("RCPT", rest, read.end);
  if (!parameters.ok) return parameters.wrong;
  if (parameters.values.size === 0) return { verb: "RCPT", recipient: { address, domain }, nonAscii, dsn: false };
  let notify: Notify | undefined;
  let orcpt: string | undefined;
  for (const [name, value] of parameters.values) {
    if (name === "NOTIFY") {
      notify = readNotify(value);
      if (notify === undefined) return wrongParameter("RCPT", "NOTIFY");
    } else if (name === "ORCPT") {
      orcpt = readOrcpt(value);
      if (orcpt === undefined) return wrongParameter("RCPT", "ORCPT");
    } else return wrong("RCPT", 555, "5.5.4", "a parameter of RCPT is not known here");
  }
  const recipient: Recipient = { address, domain, ...(notify && { notify }), ...(orcpt !== undefined && { orcpt }) };
  return { verb: "RCPT", recipient, nonAscii, dsn: true };
}

/** RFC 3461 §4.1: NEVER stands alone. */
function readNotify(value: string): Notify | undefined {
  if (value.toUpperCase() === "NEVER") return "never";
  const wanted: ("success" | "failure" | "delay")[] = [];
  for (const word of value.split(",")) {
    const when = WHEN.get(word.toUpperCase());
    if (when === undefined) return undefined;
    if (!wanted.includes(when)) wanted.push(when);
  }
  return wanted;
}

/**
 * RFC 3461 §4.2: `type;xtext`. For the type utf-8 (RFC 6533 §3) plain UTF-8 may stand here; it is kept in that RFC's
 * ASCII form `\x{…}`, so that it survives every later hop.
 */
function readOrcpt(value: string): string | undefined {
  const semicolon = value.indexOf(";");
  if (semicolon < 1 || value.length > MAX_ORCPT || value.length === semicolon + 1) return undefined;
  const type = value.slice(0, semicolon);
  if (!/^[A-Za-z0-9-]+$/.test(type)) return undefined;
  let encoded = value.slice(semicolon + 1);
  if (type.toLowerCase() === "utf-8")
    encoded = encoded.replace(/[^\0-~]/gu, (letter) => `\\x{${letter.codePointAt(0)?.toString(16).toUpperCase()}}`);
  const decoded = decodeLine(encoded);
  return decoded === undefined ? undefined : `${type};${decoded}`;
}

/** What is kept and written into reports must not bring line ends with it (RFC 3461 §4.4: printable ASCII, once decoded). */
function decodeLine(xtext: string): string | undefined {
  const text = decodeXtext(xtext);
  return text === undefined || /\p{Cc}/u.test(text) ? undefined : text;
}

/** RFC 3030 §2. Sizes of more than 15 digits are beyond what a number holds exactly, and beyond any limit. */
function readBdat(rest: string): Command {
  const [size = "", last, ...more] = rest.split(/ +/);
  if (!isNumber(size, 15) || more.length > 0 || (last !== undefined && last.toUpperCase() !== "LAST"))
    return wrong("BDAT", 501, "5.5.4", "the form is BDAT octets [LAST]");
  return { verb: "BDAT", octets: Number(size), last: last !== undefined };
}

function readAuth(rest: string): Command {
  const [mechanism = "", initial, ...more] = rest.split(/ +/);
  if (mechanism === "" || more.length > 0) return wrong("AUTH", 501, "5.5.4", "the form is AUTH mechanism [response]");
  return { verb: "AUTH", mechanism: mechanism.toUpperCase(), ...(initial !== undefined && { initial }) };
}

type Parameters = { readonly ok: true; readonly values: ReadonlyMap<string, string> } | { readonly ok: false; readonly wrong: Command };
const NO_PARAMETERS: Parameters = { ok: true, values: new Map() };

/** Names upper case, in order. One given twice is refused: which of two would count is a matter of taste. */
function readParameters(verb: string, text: string, from: number): Parameters {
  let at = from;
  let values: Map<string, string> | undefined;
  while (at < text.length) {
    const blank = text.indexOf(" ", at);
    const end = blank < 0 ? text.length : blank;
    if (end > at) {
      const word = text.slice(at, end);
      const equals = word.indexOf("=");
      const name = (equals < 0 ? word : word.slice(0, equals)).toUpperCase();
      const value = equals < 0 ? "" : word.slice(equals + 1);
      if ((equals >= 0 && value === "") || !isKeyword(name) || values?.has(name))
        return { ok: false, wrong: wrong(verb, 501, "5.5.4", `a parameter of ${verb} is malformed or given twice`) };
      values ??= new Map();
      values.set(name, value);
    }
    at = end + 1;
  }
  return values === undefined ? NO_PARAMETERS : { ok: true, values };
}

/** esmtp-keyword, RFC 5321 §4.1.2, already upper case. */
function isKeyword(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const alphanumeric = (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
    if (!alphanumeric && (i === 0 || code !== 45)) return false;
  }
  return name !== "";
}

function isNumber(text: string, digits: number): boolean {
  if (text === "" || text.length > digits) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 48 || text.charCodeAt(i) > 57) return false;
  return true;
}

function wrong(of: string, code: number, enhanced: string, text: string): Command {
  return { verb: "WRONG", of, reply: { code, enhanced, text } };
}

function wrongParameter(of: string, name: string): Command {
  return wrong(of, 501, "5.5.4", `the parameter ${name} is malformed`);
}

/** RFC 3463 §3.2: 5.1.7 is about the sender's address, 5.1.3 about the recipient's. */
function wrongPath(of: "MAIL" | "RCPT", fault: PathFault): Command {
  const whose = of === "MAIL" ? "sender" : "recipient";
  const text = {
    malformed: `the ${whose} address is malformed`,
    "too long": `the ${whose} path is over 256 octets`,
    "bad domain": `the ${whose} domain is malformed`,
  }[fault];
  return wrong(of, 501, of === "MAIL" ? "5.1.7" : "5.1.3", text);
}

const BODIES: ReadonlyMap<string, BodyKind> = new Map([
  ["7BIT", "7bit"],
  ["8BITMIME", "8bit"],
  ["BINARYMIME", "binary"],
]);
const WHEN: ReadonlyMap<string, "success" | "failure" | "delay"> = new Map([
  ["SUCCESS", "success"],
  ["FAILURE", "failure"],
  ["DELAY", "delay"],
]);
