/** What kind of mail a message is: bounce, automatic answer, or somebody who writes of deliveries. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type BounceKind, readBounce } from "./bounces.ts";

const RETURNED =
  "\nReceived: from a by b\nMessage-ID: <1@shop.example>\nFrom: ann@shop.example\nTo: old@x.example\nSubject: Hello\n\nbody\n";

const CASES: readonly (readonly [name: string, header: string, body: string, want: BounceKind])[] = [
  // Programs that answer.
  ["an answer that says so (RFC 3834)", "From: bob@x.example\nSubject: Re: Hello\nAuto-Submitted: auto-replied", "Back soon.", "autoreply"],
  [
    "an answer with a reason beside it",
    "From: bob@x.example\nSubject: Re: Hello\nAuto-Submitted: auto-generated (vacation)",
    "Back soon.",
    "autoreply",
  ],
  ["Exchange", "From: bob@x.example\nSubject: Automatic reply: Hello\nX-Auto-Response-Suppress: All", "I am out of office.", "autoreply"],
  ["German", "From: bob@x.example\nSubject: Abwesenheitsnotiz: Hallo", "Ich bin nicht im Büro.", "autoreply"],
  ["French", "From: bob@x.example\nSubject: =?utf-8?q?R=C3=A9ponse_automatique_=3A_Bonjour?=", "Je suis absent.", "autoreply"],
  ["Spanish", "From: bob@x.example\nSubject: Fuera de la oficina: Hola", "Estoy fuera.", "autoreply"],
  [
    "Polish, in brackets",
    "From: bob@x.example\nPrecedence: junk\nSubject: [Automatyczna =?iso-8859-2?Q?odpowied=BC?=] test",
    "Wracam.",
    "autoreply",
  ],
  ["Swedish", "From: bob@x.example\nSubject: Autosvar: Hej", "Jag är borta.", "autoreply"],
  ["Turkish", "From: bob@x.example\nSubject: =?utf-8?q?Otomatik_yan=C4=B1t=3A_Selam?=", "Yokum.", "autoreply"],
  ["Korean", "From: bob@x.example\nSubject: =?utf-8?b?7J6Q64+ZIO2ajOyLoDog7JWI64WV?=", "부재중", "autoreply"],
  ["Hebrew", "From: bob@x.example\nSubject: =?utf-8?b?16rXqdeV15HXlCDXkNeV15jXldee15jXmdeqOiDXlNeZ?=", "איני כאן", "autoreply"],
  ["a program of its own", "From: bob@x.example\nSubject: Thank you\nX-Autorespond: hello", "We got it.", "autoreply"],
  // Programs that want proof.
  [
    "a challenge with a list of guests",
    "From: noreply@wait.example\nReturn-Path: <noreply@wait.example>\nSubject: Re: Hello (Action Required)",
    "Your message about Hello has been waitlisted.\nPlease add yourself to my guest list so your messages will go to my inbox.\nhttps://wait.example/crs?tc=1",
    "autoreply",
  ],
  [
    "a challenge with a link",
    "From: old@protected.example\nSubject: RE: Hello",
    "Your message was received.\nThis account is protected. Please click on the\nfollowing link to have your address added to the recipient's allowed\nlist and to ensure delivery of your email.\nhttp://protected.example/verification/1",
    "autoreply",
  ],
  [
    "a challenge to answer",
    "From: old+confirm-1@x.example\nSubject: Please confirm your message\nX-Delivery-Agent: TMDA/1.1",
    "Reply to this message to release your message from the queue.",
    "autoreply",
  ],
  // Mail systems.
  [
    "a daemon that answers",
    `From: MAILER-DAEMON@x.example\nAuto-Submitted: auto-replied\nSubject: Undelivered Mail Returned to Sender`,
    `<a@x.example>: 550 5.1.1 unknown\n${RETURNED}`,
    "dsn",
  ],
  [
    "an empty return path and a code",
    "Return-Path: <>\nFrom: gateway@x.example\nSubject: Problem",
    "<a@x.example>: 550 5.1.1 unknown\n",
    "dsn",
  ],
  [
    "a gateway under its own name",
    "From: gateway@bank.example\nSubject: RE: Hello : non remis (delivery failed)",
    "Your message could not be delivered to\na@x.example\n",
    "dsn",
  ],
  // People, shops and lists.
  [
    "a question about a bounce",
    "From: bob@x.example\nSubject: why does mail to you fail?",
    "I got 550 5.1.1 for c@x.example, what is it?",
    "none",
  ],
  [
    "a parcel",
    "From: Parcels <news@parcel.example>\nReturn-Path: <x@parcel.example>\nSubject: Delivery problem with your order\nList-Unsubscribe: <https://parcel.example/u>",
    "We could not deliver your parcel. Write to help@parcel.example.",
    "none",
  ],
  [
    "a parcel's status",
    "From: Parcels <news@parcel.example>\nReturn-Path: <x@parcel.example>\nSubject: Delivery status: your parcel is delayed",
    "It comes on Monday.",
    "none",
  ],
  [
    "a newsletter that wants to be confirmed",
    "From: news@list.example\nSubject: Please confirm your subscription",
    "Click here to confirm your address: https://list.example/c",
    "none",
  ],
];
for (const [name, header, body, want] of CASES)
  test(`${name}: ${want}`, async () => {
    const message = `${header}\nTo: ann@shop.example\nContent-Type: text/plain; charset=utf-8\n\n${body}\n`;
    assert.equal((await readBounce(Buffer.from(message))).kind, want);
  });
