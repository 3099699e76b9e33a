/** Notices in the languages that reporters without a machine-readable part write: who failed, and what it means. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readBounce } from "./bounces.ts";

type Want = readonly [address: string, action: string, status: string | undefined, reply: number | undefined, kind: string];

const RETURNED = [
  "Received: from a by b",
  "Message-ID: <1@shop.example>",
  "From: ann@shop.example",
  "To: old@x.example",
  "Subject: Hello",
  "",
  "body",
  "",
].join("\n");

const NOTICES: readonly (readonly [name: string, from: string, subject: string, notice: string, want: readonly Want[]])[] = [
  [
    "German",
    "Mail Delivery System <mailer-daemon@provider.example>",
    "Unzustellbar: Hallo",
    "Ihre Nachricht konnte nicht zugestellt werden:\n\na@x.example\n    Das Postfach des Empfängers ist voll und kann keine Nachrichten mehr annehmen.\n\n",
    [["a@x.example", "failed", undefined, undefined, "full"]],
  ],
  [
    "German, an address that is none",
    "Postmaster <postmaster@provider.example>",
    "Unzustellbar: Hallo",
    "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Verteilerlisten:\n\na@x.example\n    Die von Ihnen eingegebene E-Mail-Adresse konnte nicht gefunden werden. Überprüfen Sie die Adresse des Empfängers und senden Sie die Nachricht erneut.\n\n",
    [["a@x.example", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "French",
    "Postmaster <postmaster@provider.example>",
    "Non remis : Bonjour",
    "Échec de la remise pour ces destinataires ou groupes :\n\na@x.example\nL'adresse de messagerie que vous avez entrée est introuvable. Vérifiez l'adresse du destinataire et essayez de renvoyer le message.\n\n",
    [["a@x.example", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "French, full",
    "postmaster@provider.example",
    "Echec de distribution de votre message : non remis",
    "Votre message n'a pas pu être remis à :\n\na@x.example\n\nLa boîte aux lettres du destinataire est pleine.\n\n",
    [["a@x.example", "failed", undefined, undefined, "full"]],
  ],
  [
    "Italian",
    "postmaster@provider.example",
    "Mancato recapito: Ciao",
    "Il messaggio non è stato consegnato a:\n\na@x.example\n    La casella del destinatario è piena.\n\n",
    [["a@x.example", "failed", undefined, undefined, "full"]],
  ],
  [
    "Spanish",
    "postmaster@provider.example",
    "No se puede entregar: Hola",
    "No se pudo entregar el mensaje a los siguientes destinatarios:\n\na@x.example\nNo se encontró la dirección de correo electrónico que escribió. Compruebe la dirección e inténtelo de nuevo.\n\n",
    [["a@x.example", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "Portuguese",
    "postmaster@provider.example",
    "Não foi possível entregar: Olá",
    "A mensagem não pôde ser entregue a:\n\na@x.example\n    O endereço de e-mail não foi encontrado.\n\n",
    [["a@x.example", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "Dutch",
    "postmaster@provider.example",
    "Onbestelbaar: Hallo",
    "De bezorging aan de volgende geadresseerden is mislukt:\n\na@x.example\n    Het postvak van de geadresseerde is vol.\n\n",
    [["a@x.example", "failed", undefined, undefined, "full"]],
  ],
  [
    "of two languages in a row",
    "gateway@bank.example",
    "RE: Hello : non remis (delivery failed)",
    "***********************************************\nVotre message n'a pas pu etre delivre a\na@x.example\n\n***********************************************\nYour message could not be delivered to\na@x.example\n\n***********************************************\n",
    [["a@x.example", "failed", undefined, undefined, "other"]],
  ],
  [
    "German, in a sentence",
    "no-reply@isp.example",
    "Email wurde nicht zugestellt",
    "Ihre E-Mail an a@x.example konnte nicht zugestellt werden, da das Postfach des Empfängers nicht existiert.\n\n",
    [["a@x.example", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "Polish",
    "MAILER-DAEMON@poczta.example",
    "Nie można dostarczyć: Witaj",
    "Wiadomość nie została dostarczona do:\n\na@x.example\n    Skrzynka odbiorcy jest przepełniona.\n\n",
    [["a@x.example", "failed", undefined, undefined, "full"]],
  ],
  [
    "Swedish",
    "postmaster@post.example",
    "Kan inte levereras: Hej",
    "Meddelandet kunde inte levereras till:\n\na@x.example\n    Adressen hittades inte.\n\n",
    [["a@x.example", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "Russian",
    "MAILER-DAEMON@pochta.example",
    "Сообщение не доставлено",
    "Письмо не может быть доставлено:\n\na@x.example\n    Почтовый ящик получателя переполнен.\n\n",
    [["a@x.example", "failed", undefined, undefined, "full"]],
  ],
  [
    "Korean",
    "MAILER-DAEMON@naver.example",
    "메일 전송 실패 안내",
    "메일 전송에 실패하였습니다.\n\n받는사람 : a@naver.example\n실패사유 : 존재하지 않는 메일주소입니다.\n\n",
    [["a@naver.example", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "Chinese, with the address in the reason",
    "Postmaster@post.example",
    "系统退信",
    "抱歉，您的邮件被退回来了\n\n收件人： a@post.example\n退信代码： 550 5.7.1\n退信原因： 收件人邮件地址（a@post.example）不存在，邮件无法送达。\n\n",
    [["a@post.example", "failed", "5.7.1", 550, "badrcpt"]],
  ],
  [
    "Japanese, of a phone that refuses",
    "mailer-daemon@phone.example",
    "メールを送信できませんでした",
    "次のあて先にはメールが届きませんでした。\n\na@phone.example\n\n受信拒否設定により受け取れませんでした。\n\n",
    [["a@phone.example", "failed", undefined, undefined, "policy"]],
  ],
];

for (const [name, from, subject, notice, want] of NOTICES)
  test(`a notice of ${name} is read`, async () => {
    const message = `From: ${from}\nTo: ann@shop.example\nSubject: ${subject}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${notice}${RETURNED}`;
    const { kind, recipients } = await readBounce(Buffer.from(message));
    assert.equal(kind, "dsn");
    assert.deepEqual(
      recipients.map((one) => [one.address, one.action, one.status, one.reply, one.diagnosis.class]),
      want,
      recipients.map((one) => `${one.diagnosis.rule}: ${one.diagnostic}`).join("\n"),
    );
  });
