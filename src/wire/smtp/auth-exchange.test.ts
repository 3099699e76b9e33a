/** SASL vectors from the RFCs, and SCRAM against a client computed here from RFC 5802's formulas alone. */
import assert from "node:assert/strict";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { Random } from "../../base/random.ts";
import { seededRandom } from "../../base/random.ts";
import type { Mechanism } from "./auth-exchange.ts";
import { AuthExchange } from "./auth-exchange.ts";
import { checkClientFinal, readClientFirst, serverFirst } from "./scram.ts";
import type { ScramVerifier } from "./server-host.ts";

/** Any UTF-16 at all; fast-check's own unit "binary" takes seconds to prepare. */
const anything = (maxLength = 40): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 0, max: 0xffff })), { maxLength })
    .map((codes) => String.fromCharCode(...codes));

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const hmac = (key: Uint8Array, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const random = seededRandom("auth");

function verifierOf(password: string, salt: Uint8Array, iterations: number): ScramVerifier {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  return {
    iterations,
    salt,
    storedKey: createHash("sha256").update(hmac(salted, "Client Key")).digest(),
    serverKey: hmac(salted, "Server Key"),
  };
}

function proofOf(password: string, salt: Uint8Array, iterations: number, signed: string): string {
  const clientKey = hmac(pbkdf2Sync(password, salt, iterations, 32, "sha256"), "Client Key");
  const signature = hmac(createHash("sha256").update(clientKey).digest(), signed);
  return Buffer.from(clientKey.map((octet, i) => octet ^ (signature[i] ?? 0))).toString("base64");
}

test("the exchange of RFC 7677 §3 ends as printed there", () => {
  const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
  const verifier = verifierOf("pencil", salt, 4096);
  const first = readClientFirst("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  assert.ok(first);
  assert.deepEqual([first.login, first.nonce], ["user", "rOprNGfwEbeRWgbNEkqO"]);
  const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  const server = serverFirst(nonce, verifier);
  assert.equal(server, `r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`);
  const final = checkClientFinal(`c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`, first, server, nonce, verifier);
  assert.deepEqual(final, { is: "right", text: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" });
});

function scram(password: string, guess: string, login: string, known = true) {
  const salt = random.bytes(16);
  const exchange = new AuthExchange("SCRAM-SHA-256", random);
  const bare = `n=${login.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=clientnonce`;
  const asked = exchange.start(base64(`n,,${bare}`));
  assert.deepEqual(asked, { is: "verifier", login });
  const challenge = exchange.verifierFound(known, verifierOf(password, salt, 4096));
  assert.ok(challenge.is === "challenge");
  const nonce = /^r=([^,]+)/.exec(challenge.text)?.[1] ?? "";
  const withoutProof = `c=biws,r=${nonce}`;
  const step = exchange.line(base64(`${withoutProof},p=${proofOf(guess, salt, 4096, `${bare},${challenge.text},${withoutProof}`)}`));
  return { exchange, step, signed: `${bare},${challenge.text},${withoutProof}`, verifier: verifierOf(password, salt, 4096) };
}

test("SCRAM lets the right password in and proves the server's own knowledge", () => {
  const { exchange, step, signed, verifier } = scram("pencil", "pencil", "a=b,c");
  assert.deepEqual(step, { is: "challenge", text: `v=${hmac(verifier.serverKey, signed).toString("base64")}` });
  assert.deepEqual(exchange.line(""), { is: "authenticated", login: "a=b,c" });
});

test("SCRAM refuses a wrong password and an unknown login alike, and says whose it was", () => {
  const wrong = scram("pencil", "pen", "user").step;
  const unknown = scram("pencil", "pencil", "user", false).step;
  assert.deepEqual(wrong, unknown);
  assert.ok(wrong.is === "refused" && wrong.reply.code === 535 && wrong.scramLogin === "user");
});

test("each SCRAM exchange has a nonce of its own", () => {
  const nonceOf = (): string => {
    const exchange = new AuthExchange("SCRAM-SHA-256", random);
    exchange.start(base64("n,,n=user,r=x"));
    const step = exchange.verifierFound(true, verifierOf("x", Buffer.alloc(16), 1));
    return step.is === "challenge" ? step.text : "";
  };
  assert.notEqual(nonceOf(), nonceOf());
});

const badFirst = [
  "",
  "user",
  "n,,n=user",
  "p=tls-unique,,n=user,r=x",
  "n,,n=us=er,r=x",
  "n,,n=,r=x",
  "n,a=other,n=user,r=x",
  "n,,m=ext,n=user,r=x",
  "n,,r=x,n=user",
];
for (const text of badFirst) test(`"${text}" is no first message`, () => assert.equal(readClientFirst(text), undefined));
test("a client that could bind channels, or names itself twice, is understood", () => {
  assert.equal(readClientFirst("y,,n=user,r=x")?.gs2, "y,,");
  assert.equal(readClientFirst("n,a=user,n=user,r=x,z=more")?.login, "user");
});

const final = ["c=eSws,r=xy,p=", "c=biws,r=other,p="];
for (const start of final)
  test(`a final message that begins ${start} is wrong, whatever its proof`, () => {
    const verifier = verifierOf("pencil", Buffer.alloc(16), 4096);
    const first = readClientFirst("n,,n=user,r=x");
    assert.ok(first);
    const server = serverFirst("xy", verifier);
    const proof = proofOf("pencil", verifier.salt, 4096, `n=user,r=x,${server},${start.slice(0, -3)}`);
    assert.deepEqual(checkClientFinal(start + proof, first, server, "xy", verifier), { is: "wrong" });
  });

test("PLAIN of RFC 4616 §4 is read, and may name only itself as the one to act for", () => {
  const asked = (text: string) => new AuthExchange("PLAIN", random).start(base64(text));
  assert.deepEqual(asked("\0tim\0tanstaaftanstaaf"), { is: "password", login: "tim", password: "tanstaaftanstaaf" });
  assert.deepEqual(asked("tim\0tim\0x"), { is: "password", login: "tim", password: "x" });
  assert.equal(asked("Ursel\0Kurt\0xipj3plmq").is, "refused");
});

test("LOGIN asks for name and password", () => {
  const exchange = new AuthExchange("LOGIN", random);
  assert.deepEqual(exchange.start(undefined), { is: "challenge", text: "Username:" });
  assert.deepEqual(exchange.line(base64("user")), { is: "challenge", text: "Password:" });
  assert.deepEqual(exchange.line(base64("pencil")), { is: "password", login: "user", password: "pencil" });
  assert.deepEqual(exchange.passwordChecked(true), { is: "authenticated", login: "user" });
});

test("no line of a client makes an exchange throw, and none lets it in by itself", () => {
  const line = fc.oneof(fc.string(), anything().map(base64), fc.constantFrom("*", "", "=", base64("n,,n=user,r=x"), base64("user")));
  fc.assert(
    fc.property(
      fc.constantFrom<Mechanism>("PLAIN", "LOGIN", "SCRAM-SHA-256"),
      fc.option(line, { nil: undefined }),
      fc.array(line, { maxLength: 4 }),
      (mechanism, initial, lines) => {
        const fixed: Random = { ...random, bytes: (length) => new Uint8Array(length) };
        const exchange = new AuthExchange(mechanism, fixed);
        let step = exchange.start(initial);
        for (const text of lines) {
          if (step.is === "verifier") step = exchange.verifierFound(false, verifierOf("x", new Uint8Array(16), 1));
          if (step.is !== "challenge") break;
          step = exchange.line(text);
        }
        assert.notEqual(step.is, "authenticated");
      },
    ),
  );
});
