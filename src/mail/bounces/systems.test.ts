/**
 * Notices as single mail systems write them, in their layout and their fixed words, with invented names: who failed, with
 * which codes, and what it means.
 */
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
    "qmail",
    "MAILER-DAEMON@mx.example.net",
    "failure notice",
    "Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<a@x.example>:\n192.0.2.5 does not like recipient.\nRemote host said: 550 5.1.1 <a@x.example>: Recipient address rejected: User unknown\nGiving up on 192.0.2.5.\n\n<b@nowhere.example>:\nSorry, I couldn't find any host named nowhere.example. (#5.1.2)\n\n<c@slow.example>:\nSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\nI'm not going to try again; this message has been in the queue too long.\n\n<d@x.example>:\nThe users mailfolder is over the allowed quota (size). (#5.2.2)\n\n--- Below this line is a copy of the message.\n\n",
    [
      ["a@x.example", "failed", "5.1.1", 550, "badrcpt"],
      ["b@nowhere.example", "failed", "5.1.2", undefined, "dns"],
      ["c@slow.example", "failed", "4.4.1", undefined, "network"],
      ["d@x.example", "failed", "5.2.2", undefined, "full"],
    ],
  ],
  [
    "vpopmail",
    "MAILER-DAEMON@mx.example.net",
    "failure notice",
    "Hi. This is the qmail-send program at mx.example.net.\n\n<a@x.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n",
    [["a@x.example", "failed", "5.1.1", undefined, "badrcpt"]],
  ],
  [
    "qmail, looping",
    "MAILER-DAEMON@mx.example.net",
    "failure notice",
    "<a@x.example>:\nThis message is looping: it already has my Delivered-To line. (#5.4.6)\n\n--- Below this line is a copy of the message.\n\n",
    [["a@x.example", "failed", "5.4.6", undefined, "proto"]],
  ],
  [
    "Exim, of an alias, given up",
    "Mail Delivery System <Mailer-Daemon@mx.example.net>",
    "Mail delivery failed: returning message to sender",
    "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  c@y.example\n    (ultimately generated from list@x.example)\n    host mx.y.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:<c@y.example>:\n    452 4.2.2 Mailbox full: retry timeout exceeded\n  d@z.example\n    connection to mx.z.example [192.0.2.9] timed out: retry timeout exceeded\n  e@w.example\n    550 No such user here\n\n------ This is a copy of the message, including all the headers. ------\n\n",
    [
      ["c@y.example", "failed", "4.2.2", 452, "full"],
      ["d@z.example", "failed", undefined, undefined, "network"],
      ["e@w.example", "failed", undefined, 550, "badrcpt"],
    ],
  ],
  [
    "Exim, a warning",
    "Mail Delivery System <Mailer-Daemon@mx.example.net>",
    "Warning: message 1abcde-000123-4F delayed 24 hours",
    "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue on mx.example.net.\n\nThe message identifier is:     1abcde-000123-4F\nThe subject of the message is: Hello\n\nThe address to which the message has not yet been delivered is:\n\n  a@x.example\n\nNo action is required on your part. Delivery attempts will continue for\nsome time, and this warning may be repeated at intervals if the message\nremains undelivered.\n\n",
    [["a@x.example", "delayed", undefined, undefined, "network"]],
  ],
  [
    "a web host's limit",
    "Mail Delivery System <Mailer-Daemon@host.example.net>",
    "Mail delivery failed: returning message to sender",
    "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  a@x.example\n    Domain shop.example has exceeded the max emails per hour (101/100 (101%)) allowed.  Message discarded.\n\n------ This is a copy of the message, including all the headers. ------\n\n",
    [["a@x.example", "failed", undefined, undefined, "rate"]],
  ],
  [
    "Exchange 5.5",
    "System Administrator <postmaster@corp.example>",
    "Undeliverable: Hello",
    "Your message\n\n  To:      Old; Others\n  Subject: Hello\n  Sent:    Fri, 18 Oct 2002 09:25:07 -0600\n\ndid not reach the following recipient(s):\n\na@x.example on Fri, 18 Oct 2002 09:13:24 -0600\n    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=us;a= ;p=corp;l=MSG2021018151347W14KQ9\n    MSEXCH:IMS:CORP:SITE:MSG2 0 (000C05A6) Unknown Recipient\n\n\n",
    [["a@x.example", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "Exchange 2003",
    "System Administrator <postmaster@corp.example>",
    "Undeliverable: Hello",
    "Your message did not reach some or all of the intended recipients.\n\n      Subject:\tHello\n      Sent:\t4/29/2004 9:25 AM\n\nThe following recipient(s) could not be reached:\n\n      a@x.example on 4/29/2004 9:25 AM\n            The e-mail account does not exist at the organization this message was sent to.  Check the e-mail address, or contact the recipient directly to find out the correct address.\n            <mail.corp.example #5.1.1>\n\n",
    [["a@x.example", "failed", "5.1.1", undefined, "badrcpt"]],
  ],
  [
    "GroupWise",
    "Mailer-Daemon@gw.example.net",
    "Message status - undeliverable",
    "The message that you sent was undeliverable to the following:\n\n\ta@x.example (user not found)\n\tb@x.example (Mailbox is full)\n\n",
    [
      ["a@x.example", "failed", undefined, undefined, "badrcpt"],
      ["b@x.example", "failed", undefined, undefined, "full"],
    ],
  ],
  [
    "Domino",
    "Postmaster@notes.example",
    "DELIVERY FAILURE: User kim (kim@notes.example) not listed in Domino Directory",
    "Your message\n\n  Subject: Hello\n\nwas not delivered to:\n\n  kim@notes.example\n\nbecause:\n\n  User kim (kim@notes.example) not listed in Domino Directory\n\n\n",
    [["kim@notes.example", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "Courier",
    '"Mail Delivery System" <MAILER-DAEMON@courier.example>',
    "NOTICE: mail delivery status.",
    "This is a delivery status notification from courier.example,\nrunning the Courier mail server, version 0.65.2.\n\nThe original message was received on Thu, 29 Apr 2010 23:34:45 +0900\n\n---------------------------------------------------------------------------\n\n                           UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<a@x.example>:\n    mx.x.example [192.0.2.5]:\n >>> RCPT TO:<a@x.example>\n <<< 550 5.1.1 <a@x.example>... User Unknown\n\n---------------------------------------------------------------------------\n\n",
    [["a@x.example", "failed", "5.1.1", 550, "badrcpt"]],
  ],
  [
    "MDaemon",
    "MDaemon@mx.example.net",
    "Permanent Delivery Failure",
    "The attached message had PERMANENT fatal delivery errors!\n\nAfter one or more unsuccessful delivery attempts the attached message has\nbeen removed from the mail queue on this server.  The number and frequency\nof delivery attempts are determined by local configuration parameters.\n\nYOUR MESSAGE WAS NOT DELIVERED TO ONE OR MORE RECIPIENTS!\n\nFailed address: a@x.example\n\n--- Session Transcript ---\n Fri 2010-04-29 23:34:45: Attempting SMTP connection to [192.0.2.5:25]\n Fri 2010-04-29 23:34:45: <-- 220 mx.x.example ESMTP\n Fri 2010-04-29 23:34:45: --> EHLO mx.example.net\n Fri 2010-04-29 23:34:45: <-- 250 mx.x.example\n Fri 2010-04-29 23:34:45: --> RCPT To:<a@x.example>\n Fri 2010-04-29 23:34:45: <-- 550 5.1.1 User unknown\n--- End Transcript ---\n\n",
    [["a@x.example", "failed", "5.1.1", 550, "badrcpt"]],
  ],
  [
    "IMail, attempts used up",
    '"Postmaster" <postmaster@imail.example>',
    "Undeliverable Mail",
    "Delivery failed 20 attempts: a@x.example\n\n\nOriginal message follows.\n\n",
    [["a@x.example", "failed", undefined, undefined, "expired"]],
  ],
  [
    "IMail, unknown host",
    '"Postmaster" <postmaster@imail.example>',
    "Undeliverable Mail",
    "Unknown host: a@nowhere.example\nUnknown user: b@x.example\n\n\nOriginal message follows.\n\n",
    [
      ["a@nowhere.example", "failed", undefined, undefined, "dns"],
      ["b@x.example", "failed", undefined, undefined, "badrcpt"],
    ],
  ],
  [
    "Mimecast",
    '"Mail Delivery System" <mailer-daemon@corp.example>',
    "[Postmaster] Email Delivery Failure",
    "This is a delivery failure notification message indicating that\nan email ann@shop.example addressed to email address :\n-- a@x.example\n\nWith subject Hello sent on the Mon, 14 Dec 2020 11:30:37 +0100 (CET)\ncould not be delivered. The problem appears to be :\n-- Recipient email address is possibly incorrect\n\nAdditional information follows :\n-- 550 5.1.1 User unknown\n\nThis condition occurred after 1 attempt(s) to deliver over\na period of 0 hour(s).\n\nIf you sent the email to multiple recipients, you will receive one\nof these messages for each one which failed delivery,  otherwise\nthey have been sent.\n\n",
    [["a@x.example", "failed", "5.1.1", 550, "badrcpt"]],
  ],
  [
    "Google, in words only",
    "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
    "Delivery Status Notification (Failure)",
    "** Address not found **\n\nYour message wasn't delivered to a@gmail.com because the address couldn't be found, or is unable to receive mail.\n\nLearn more here: https://support.google.com/mail/?p=NoSuchUser\n\nThe response was:\n\nThe email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces.\n\n",
    [["a@gmail.com", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "Google, delayed",
    "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
    "Delivery Status Notification (Delay)",
    "This is an automatically generated Delivery Status Notification\n\nTHIS IS A WARNING MESSAGE ONLY.\n\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\nDelivery to the following recipient has been delayed:\n\n     a@x.example\n\nMessage will be retried for 2 more day(s)\n\nTechnical details of temporary failure:\nThe recipient server did not accept our requests to connect. Learn more at https://support.google.com/mail/answer/7720\n[x.example 192.0.2.5: timed out]\n\n",
    [["a@x.example", "delayed", undefined, undefined, "network"]],
  ],
  [
    "Yahoo of old",
    "MAILER-DAEMON@yahoo.example",
    "Delivery failure",
    "Message from yahoo.example.\nUnable to deliver message to the following address(es).\n\n<a@yahoo.example>:\nThis user doesn't have a yahoo.example account (a@yahoo.example) [-9]\n\n<b@yahoo.example>:\nSorry, your message to b@yahoo.example cannot be delivered.  This account is over quota.\n\n--- Original message follows.\n\n",
    [
      ["a@yahoo.example", "failed", undefined, undefined, "badrcpt"],
      ["b@yahoo.example", "failed", undefined, undefined, "full"],
    ],
  ],
  [
    "a full mailbox in a sentence",
    "MAILER-DAEMON@isp.example",
    "Returned mail: Hello",
    "User's mailbox is full: <a@x.example>\nUnable to deliver mail.\n\n",
    [["a@x.example", "failed", undefined, undefined, "full"]],
  ],
  [
    "postponed for a full mailbox",
    "Postmaster@isp.example",
    "Mail Delivery Warning",
    'This is an advisory-only email.  Please do not reply to it.\n\nDelivery of email to this address\n\n"a@x.example"\n\nhas been postponed due to a full mailbox.\n\nWe will continue to try to deliver your message over the next few days.\n\n',
    [["a@x.example", "delayed", undefined, undefined, "full"]],
  ],
  [
    "over disk quota",
    "MAILER-DAEMON@pop.example (Mail Delivery System)",
    "Undelivered Mail Returned to Sender",
    "Undeliverable Address: a@x.example\n\nReason: The email you sent to the address specified\nabove has been returned because the recipient is over disk quota.  This\naccount will not be able to receive any email until the account owner\nremoves some email from the server.\n\nSystem Contact: postmaster@pop.example\n\n",
    [["a@x.example", "failed", undefined, undefined, "full"]],
  ],
  [
    "MailEnable",
    '"Delivery Subsystem" <POSTMASTER@mail.example>',
    "Message Delivery Failure",
    "MailEnable: Message could not be delivered to some recipients.\nThe following recipient(s) could not be reached:\n\n\tRecipient: [SMTP:a@x.example]\n\tReason: Remote SMTP Server Returned: 550 Requested action not taken: mailbox unavailable or not local.\n\nMessage headers follow:\n\n",
    [["a@x.example", "failed", undefined, 550, "badrcpt"]],
  ],
  [
    "hMailServer",
    "mailer-daemon@hmail.example",
    "Message undeliverable: Hello",
    "Your message did not reach some or all of the intended recipients.\n\n   Sent: Thu, 29 Apr 2010 23:34:45 +0900\n   Subject: Hello\n\nThe following recipient(s) could not be reached:\n\na@x.example\n   Error Type: SMTP\n   Remote server (192.0.2.5) issued an error.\n   hMailServer sent: RCPT TO:<a@x.example>\n   Remote server replied: 550 5.1.1 User unknown\n\nhMailServer\n\n",
    [["a@x.example", "failed", "5.1.1", 550, "badrcpt"]],
  ],
  [
    "CommuniGate",
    "MAILER-DAEMON@cgp.example",
    "Undeliverable mail: Hello",
    "Failed to deliver to 'a@x.example'\nSMTP module(domain x.example) reports:\n account is full (quota exceeded)\n\n",
    [["a@x.example", "failed", undefined, undefined, "full"]],
  ],
  [
    "InterScan, with its dialogue",
    "imss@scan.example",
    "Mail could not be delivered",
    "****** Message from InterScan Messaging Security Suite ******\n\n\nSent <<< RCPT TO:<a@x.example>\nReceived >>> 550 5.1.1 unknown user.\n\nUnable to deliver message to <a@x.example> (and other recipients in the same domain).\n\n************************     End of message     **********************\n\n",
    [["a@x.example", "failed", "5.1.1", 550, "badrcpt"]],
  ],
  [
    "InterScan, attempts used up",
    "inetgw@scan.example",
    "Mail could not be delivered",
    "****** Message from InterScan E-Mail VirusWall NT ******\n\nThe following mail could not be delivered.\nReason:  Exceeded Maximum Delivery Attempts.  Verify that the recipient address is correct.\n\n*****************     End of message     ***************\n\n",
    [["old@x.example", "failed", undefined, undefined, "expired"]],
  ],
  [
    "Mercury",
    "postmaster@mercury.example (Mail Delivery Agent)",
    "Postmaster Notify: Delivery Failure.",
    "The following address(es) could not be delivered to:\n\na@x.example\n   No such user here - 550 5.1.1 unknown\n\n",
    [["a@x.example", "failed", "5.1.1", 550, "badrcpt"]],
  ],
  [
    "Yandex",
    "mailer-daemon@yandex.ru",
    "Недоставленное сообщение",
    "This is the mail system at host forward1.mail.yandex.net.\n\nЯ очень сожалею, но ваше письмо не может быть отправлено одному или нескольким получателям.\n\n<a@yandex.ru>: host mxs.mail.yandex.net[192.0.2.5] said: 550 5.7.1 No such user!\n    (in reply to RCPT TO command)\n\n",
    [["a@yandex.ru", "failed", "5.7.1", 550, "badrcpt"]],
  ],
  [
    "mail.ru",
    "Mail Delivery System <Mailer-Daemon@mx.mail.ru>",
    "Ваше сообщение не доставлено. Mail failure.",
    "Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.\n\nК сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям, потому что:\n\n  Message was not accepted -- invalid mailbox.\n Local mailbox a@mail.ru is unavailable: user not found\n\n**********************\n\nA message that you sent was rejected by the local scanning code that\nchecks incoming messages on this system. The following error was given:\n\n  Message was not accepted -- invalid mailbox.\n Local mailbox a@mail.ru is unavailable: user not found\n\n------ This is a copy of your message, including all the headers.\n\n",
    [["a@mail.ru", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "a Chinese portal",
    "MAILER-DAEMON@sina.example",
    "邮件传输失败！",
    "sina.example.\n邮件无法发送到您指定的地址中。\n\n<a@sina.example>:\n该用户不存在\n\n<b@sina.example>:\n收件人邮箱已满\n\n--- 附件中的内容是原信件的一份拷贝\n\n",
    [
      ["a@sina.example", "failed", undefined, undefined, "badrcpt"],
      ["b@sina.example", "failed", undefined, undefined, "full"],
    ],
  ],
  [
    "QQ",
    "PostMaster@qq.example",
    "来自qq.example的退信",
    "抱歉，您的邮件被退回来了……\n\n收件人：a@qq.example\n\n退信原因：对方邮箱已被冻结，无法收信\n\n",
    [["a@qq.example", "failed", undefined, undefined, "suspended"]],
  ],
  [
    "a Japanese carrier",
    "Mail Administrator<Postmaster@ezweb.example>",
    "Mail System Error - Returned Mail",
    "次のあて先へのメッセージはエラーのため送信できませんでした。\n\n送信先メールアドレスが見つからないか、送信先メールサーバの事由により送信できませんでした。\nメールアドレスをご確認の上、再送信してください。\n\n     <a@ezweb.example>\n         550 <a@ezweb.example>: User unknown\n\n",
    [["a@ezweb.example", "failed", undefined, 550, "badrcpt"]],
  ],
  [
    "a Japanese carrier, in words only",
    "MAILER-DAEMON@biglobe.example",
    "メールが届きませんでした",
    "以下の宛先にメールを送信できませんでした。\n\n   ----- The following addresses had delivery problems -----\n********@biglobe.example\n\n   ----- Non-delivered information -----\nThe number of messages in recipient's mailbox exceeded the local limit.\n\n",
    [["********@biglobe.example", "failed", undefined, undefined, "full"]],
  ],
  [
    "Netscape, of two recipients",
    "Mail Administrator <Postmaster@mail.corp.example>",
    "Mail System Error - Returned Mail",
    "This Message was undeliverable due to the following reason:\n\nYour message was not delivered because the destination computer was\nnot reachable within the allowed queue period.\n\nYour message was not delivered within 2 days.\nHost x.example is not responding.\n\nThe following recipients did not receive your message:\n\n     <a@x.example>\nThe following recipients did not receive your message:\n\n     <b@x.example>\n\nPlease reply to Postmaster@mail.corp.example\nif you feel this message to be in error.\n\n",
    [
      ["a@x.example", "failed", undefined, undefined, "network"],
      ["b@x.example", "failed", undefined, undefined, "network"],
    ],
  ],
  [
    "MMDF",
    "MMDF Mail System <mmdf@x.example>",
    "Failed mail  (msg.aa12345)",
    "    Your message could not be delivered to\n'a@x.example (host: mx.x.example) (queue: smtp)' for the following\nreason:  ' No such user'\n\n",
    [["a@x.example", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "smail",
    "<MAILER-DAEMON@smail.example>",
    "mail failed, returning to sender",
    "|------------------------- Message log follows: -------------------------|\n no valid recipients were found for this message\n|------------------------- Failed addresses follow: ---------------------|\n <a@x.example> ... transport smtp: 550 <a@x.example>... User Unknown\n\n",
    [["a@x.example", "failed", undefined, 550, "badrcpt"]],
  ],
  [
    "MessageLabs",
    "MAILER-DAEMON@labs.example",
    "Mail Delivery Failure",
    "This is the mail delivery agent at labs.example.\nI was unable to deliver your message to the following addresses:\n\na@x.example\n\nReason: 550 5.1.1 User unknown\n\nThe message subject was: Hello\n\n",
    [["a@x.example", "failed", "5.1.1", 550, "badrcpt"]],
  ],
  [
    "a gateway that filters",
    "MAILER-DAEMON@gate.example",
    "Undeliverable: Hello",
    "Delivery to the following recipients failed.\n\n   a@x.example\n\n   ----- Transcript of session follows -----\n... while talking to mx.x.example.:\n>>> DATA\n<<< 554 5.7.1 Message rejected as spam\n554 5.0.0 Service unavailable\n\n",
    [["a@x.example", "failed", "5.7.1", 554, "content"]],
  ],
  [
    "an address that moved, in prose",
    "Campus Mailserver <MAILER-DAEMON@campus.example>",
    "Your message to a@campus.example could not be delivered.",
    "Hello,\n\nthis is the email server of the campus.\n\nYour message to a@campus.example has reached our local address\na@campus.example, but this email address is wrong or no longer valid.\n\nYour message has NOT been delivered.\n\nBest regards.\n\n",
    [["a@campus.example", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "a message whose subject speaks of a full mailbox",
    "MAILER-DAEMON@labs.example",
    "Mail Delivery Failure",
    "I was unable to deliver your message to the following addresses:\n\na@x.example\n\nReason: 550 5.7.1 xyzzy\n\nThe message subject was: your mailbox is full, user unknown\nSubject: over quota\n\n",
    [["a@x.example", "failed", "5.7.1", 550, "policy"]],
  ],
  [
    "a scanner that goes on trying",
    "Symantec_AntiVirus_for_SMTP_Gateways@scan.example",
    "Delivery failure notification",
    "Your message with Subject: Re: mailbox full\ncould not be delivered to the following recipients:\n\na@x.example\n\nPlease do not resend your original message.\n\nDelivery attempts will continue to be made for 5  day(s).\n\n",
    [["a@x.example", "delayed", undefined, undefined, "network"]],
  ],
  [
    "a directory without a mailbox",
    "MAILER-DAEMON@edu.example",
    "Returned mail - nameserver error report",
    " --------Message not delivered to the following addresses:\n\n            a@edu.example\n\n --------Error Detail (phquery V3.0):\n\n---- a@edu.example\n     Does not have a final email delivery point,\n     please contact this person by alternate means.\n\n --------Unsent Message below:\n\n",
    [["a@edu.example", "failed", undefined, undefined, "badrcpt"]],
  ],
  [
    "not reached, and no word why",
    "Postmaster <>",
    "Undeliverable: a@x.example",
    "Your Message\n\nTo:      <a@x.example>\n\nSubject: The results\n\nDid not reach the following recipient: a@x.example\n\n",
    [["a@x.example", "failed", undefined, undefined, "other"]],
  ],
  [
    "a group that takes no mail of strangers",
    "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
    "Delivery Status Notification (Failure)",
    "Bonjour ann@shop.example,\n\nNous vous écrivons au sujet du groupe (club).\n\nhttps://groups.google.com/support/?hl=fr\n\n",
    [["old@x.example", "failed", undefined, undefined, "policy"]],
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
