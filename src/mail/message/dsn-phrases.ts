/** The fixed sentences of a report in each language. `{whom}`, `{when}`, `{until}` and `{n}` are filled in. */
import type { ReportKind } from "./dsn.ts";
import type { Language } from "./dsn-language.ts";

export interface Phrases {
  /** Of the subject. */
  readonly headline: Readonly<Record<ReportKind, string>>;
  readonly first: Readonly<Record<ReportKind, string>>;
  readonly tryUntil: string;
  readonly keepTrying: string;
  readonly lastYouHear: string;
  readonly recipients: string;
  readonly more: string;
  readonly why: string;
  readonly whatToDo: string;
  readonly theySaid: string;
  readonly weSaw: string;
  readonly details: string;
  readonly reference: string;
  /** From January on. */
  readonly months: readonly string[];
  /** `{day}`, `{month}`, `{time}`. */
  readonly date: string;
}

export const PHRASES: Readonly<Record<Language, Phrases>> = {
  en: {
    headline: { failed: "Not delivered", delayed: "Delayed", relayed: "Relayed", delivered: "Delivered" },
    first: {
      failed: "Your message to {whom} of {when} was not delivered.",
      delayed: "Your message to {whom} of {when} is delayed.",
      relayed: "Your message to {whom} of {when} was handed on.",
      delivered: "Your message to {whom} of {when} was taken by the recipient's mail server.",
    },
    tryUntil: "You need not do anything; we try until {until}.",
    keepTrying: "You need not do anything; we keep trying.",
    lastYouHear: "The next mail server sends no receipts, so this is the last that you hear of it from us.",
    recipients: "{n} recipients",
    more: "And {n} more, listed in the part for machines.",
    ...{ why: "Why:", whatToDo: "What you can do:", theySaid: "Their server said:", weSaw: "What we saw:" },
    ...{ details: "Details:", reference: "Reference:", date: "{day} {month} {time} UTC" },
    months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
  },
  de: {
    headline: { failed: "Nicht zugestellt", delayed: "Verzögert", relayed: "Weitergegeben", delivered: "Zugestellt" },
    first: {
      failed: "Ihre Nachricht an {whom} vom {when} wurde nicht zugestellt.",
      delayed: "Ihre Nachricht an {whom} vom {when} verzögert sich.",
      relayed: "Ihre Nachricht an {whom} vom {when} wurde weitergegeben.",
      delivered: "Ihre Nachricht an {whom} vom {when} hat der Mailserver der Gegenseite angenommen.",
    },
    tryUntil: "Sie brauchen nichts zu tun; wir versuchen es bis {until}.",
    keepTrying: "Sie brauchen nichts zu tun; wir versuchen es weiter.",
    lastYouHear: "Der nächste Mailserver sendet keine Bestätigungen; mehr erfahren Sie darüber von uns nicht.",
    recipients: "{n} Empfänger",
    more: "Und {n} weitere; sie stehen im Teil für Maschinen.",
    ...{ why: "Grund:", whatToDo: "Was Sie tun können:", theySaid: "Deren Server sagte:", weSaw: "Was wir sahen:" },
    ...{ details: "Einzelheiten:", reference: "Kennung:", date: "{day}. {month} {time} UTC" },
    months: ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"],
  },
  fr: {
    headline: { failed: "Non remis", delayed: "Retardé", relayed: "Transmis", delivered: "Remis" },
    first: {
      failed: "Votre message à {whom} du {when} n'a pas été remis.",
      delayed: "Votre message à {whom} du {when} est retardé.",
      relayed: "Votre message à {whom} du {when} a été transmis.",
      delivered: "Votre message à {whom} du {when} a été accepté par le serveur du destinataire.",
    },
    tryUntil: "Vous n'avez rien à faire ; nous essayons jusqu'au {until}.",
    keepTrying: "Vous n'avez rien à faire ; nous continuons d'essayer.",
    lastYouHear: "Le serveur suivant n'envoie pas d'accusés : nous ne pourrons rien vous en dire de plus.",
    recipients: "{n} destinataires",
    more: "Et {n} autres, indiqués dans la partie pour les machines.",
    ...{ why: "Raison :", whatToDo: "Que faire :", theySaid: "Leur serveur a dit :", weSaw: "Ce que nous avons vu :" },
    ...{ details: "Détails :", reference: "Référence :", date: "{day} {month} {time} UTC" },
    months: ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
  },
  es: {
    headline: { failed: "No entregado", delayed: "Retrasado", relayed: "Transmitido", delivered: "Entregado" },
    first: {
      failed: "Su mensaje a {whom} del {when} no se entregó.",
      delayed: "Su mensaje a {whom} del {when} se retrasa.",
      relayed: "Su mensaje a {whom} del {when} se pasó al servidor siguiente.",
      delivered: "Su mensaje a {whom} del {when} fue aceptado por el servidor del destinatario.",
    },
    tryUntil: "No tiene que hacer nada; lo intentamos hasta el {until}.",
    keepTrying: "No tiene que hacer nada; seguimos intentándolo.",
    lastYouHear: "El servidor siguiente no envía confirmaciones, así que no sabremos decirle más.",
    recipients: "{n} destinatarios",
    more: "Y {n} más, indicados en la parte para máquinas.",
    ...{ why: "Motivo:", whatToDo: "Qué puede hacer:", theySaid: "Su servidor dijo:", weSaw: "Lo que vimos:" },
    ...{ details: "Detalles:", reference: "Referencia:", date: "{day} de {month} {time} UTC" },
    months: ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"],
  },
  it: {
    headline: { failed: "Non consegnato", delayed: "In ritardo", relayed: "Passato avanti", delivered: "Consegnato" },
    first: {
      failed: "Il suo messaggio a {whom} del {when} non è stato consegnato.",
      delayed: "Il suo messaggio a {whom} del {when} è in ritardo.",
      relayed: "Il suo messaggio a {whom} del {when} è stato passato al server successivo.",
      delivered: "Il suo messaggio a {whom} del {when} è stato accettato dal server del destinatario.",
    },
    tryUntil: "Non deve fare nulla; proviamo fino al {until}.",
    keepTrying: "Non deve fare nulla; continuiamo a provare.",
    lastYouHear: "Il server successivo non manda conferme, quindi non potremo dirle altro.",
    recipients: "{n} destinatari",
    more: "E altri {n}, elencati nella parte per le macchine.",
    ...{ why: "Motivo:", whatToDo: "Che cosa può fare:", theySaid: "Il loro server ha detto:", weSaw: "Che cosa abbiamo visto:" },
    ...{ details: "Dettagli:", reference: "Riferimento:", date: "{day} {month} {time} UTC" },
    months: [
      "gennaio",
      "febbraio",
      "marzo",
      "aprile",
      "maggio",
      "giugno",
      "luglio",
      "agosto",
      "settembre",
      "ottobre",
      "novembre",
      "dicembre",
    ],
  },
  nl: {
    headline: { failed: "Niet bezorgd", delayed: "Vertraagd", relayed: "Doorgegeven", delivered: "Bezorgd" },
    first: {
      failed: "Uw bericht aan {whom} van {when} is niet bezorgd.",
      delayed: "Uw bericht aan {whom} van {when} is vertraagd.",
      relayed: "Uw bericht aan {whom} van {when} is doorgegeven.",
      delivered: "Uw bericht aan {whom} van {when} is aangenomen door de mailserver van de ontvanger.",
    },
    tryUntil: "U hoeft niets te doen; we proberen het tot {until}.",
    keepTrying: "U hoeft niets te doen; we blijven het proberen.",
    lastYouHear: "De volgende mailserver stuurt geen bevestigingen, dus meer hoort u hierover niet van ons.",
    recipients: "{n} ontvangers",
    more: "En nog {n}, genoemd in het deel voor machines.",
    ...{ why: "Reden:", whatToDo: "Wat u kunt doen:", theySaid: "Hun server zei:", weSaw: "Wat we zagen:" },
    ...{ details: "Details:", reference: "Kenmerk:", date: "{day} {month} {time} UTC" },
    months: ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"],
  },
};

/** Fills `{name}`s. A value is never filled again, so an address may hold braces. */
export function fill(phrase: string, values: Readonly<Record<string, string>>): string {
  return phrase.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}
