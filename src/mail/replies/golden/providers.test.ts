/** Proves that what a provider's own pages name is read as they explain it. */
import { provesTable } from "./table.ts";

provesTable(`
google | 421 4.7.0 Our system has detected that this message is suspicious due to the very low reputation of the sending IP address | repIP ip
google | 550 5.7.1 blocked due to the very low reputation of the sending domain | repDom domain
google | 421-4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP Netblock | repIP net
google | 421 4.7.28 an unusual rate of mail originating from your SPF domain [example.org 35] | repDom domain
google | 421 4.7.28 an unusual rate of mail with one of your URL domains | content message
google | 550 5.7.28 an unusual rate of unsolicited mail originating from your IP address | repIP ip
google | 421 4.7.28 an unusual rate of mail containing the same Message-ID header | policy message
google | 421 4.7.32 Your email has been rate limited because the From: header isn't aligned | auth domain
google | 550 5.7.30 senders must authenticate with DKIM | auth domain
google | 421 4.7.40 no DMARC record was found for the sending domain | auth domain
google | 550 5.7.24 the SPF record has one or more suspicious entries | auth domain
google | 451 4.7.23 The sending IP does not match its hostname | dns ip
google | 550 5.7.1 This message does not meet IPv6 sending guidelines regarding PTR records and authentication | dns ip
google | 421 4.7.29 Your email has been rate limited because it was not sent over TLS | tls site
google | 450 4.2.1 The user you are trying to contact is receiving mail too quickly | rate recipient
google | 552 5.2.2 The email account that you tried to reach is over quota | full recipient
google | 552 5.2.2 The recipient's inbox is out of storage space and inactive | full recipient
google | 550 5.1.1 The email account that you tried to reach does not exist | badrcpt recipient
google | 550 5.2.1 The email account that you tried to reach is inactive | suspended recipient
google | 552 5.7.0 This message was blocked because its content presents a potential security issue | content message
google | 550 5.7.1 The IP you're using to send mail is not authorized to send email directly to our servers | repIP ip
google | 421 4.4.5 Server busy, try again later | sysbusy site
google | 451 4.3.0 Mail server temporarily rejected message | sysbusy site
google | 550 5.4.5 Daily user sending quota exceeded | rate sender
google | 550 5.7.1 Messages missing a valid Message-ID header are not accepted | proto message
outlook | 550 5.7.1 messages from [192.0.2.7] weren't sent since part of their network is on our block list (S3150) | repIP net
outlook | 451 4.7.650 The mail server [192.0.2.7] has been temporarily rate limited due to IP reputation (S775) | repIP ip
outlook | 451 4.7.651 The mail server has exceeded the connection limit | rate ip
outlook | 421 RP-001 exceeded the rate limit allowed | rate ip
outlook | 550 SC-001 rejected for policy reasons | content message
outlook | 550 SC-002 rejected for policy reasons | policy sender
outlook | 550 SC-003 the server appears to be an open proxy | repIP ip
outlook | 550 SC-004 complaints concerning mail coming from that server | repIP ip
outlook | 550 DY-001 we do not accept mail from dynamic IP addresses | repIP ip
outlook | 550 OU-001 rejected for policy reasons | list ip zone=spamhaus.org
outlook | 550 OU-002 rejected for policy reasons | content message
outlook | 550 5.7.515 Access denied, sending domain example.org doesn't meet the required authentication level | auth domain
outlook | 550 5.5.0 Requested action not taken: mailbox unavailable | badrcpt recipient
microsoft365 | 550 5.7.649 Access denied, banned sending IP [192.0.2.7] | repIP ip
microsoft365 | 550 5.7.511 Access denied, banned sender | repDom sender
microsoft365 | 550 5.7.513 Service unavailable, blocked by recipient | policy recipient
microsoft365 | 550 5.7.705 Access denied, tenant has exceeded threshold | suspended sender
microsoft365 | 550 5.1.8 Access denied, bad outbound sender | suspended sender
microsoft365 | 550 5.7.708 Service unavailable. Access denied | repIP ip
microsoft365 | 550 5.7.750 Service unavailable | policy us
microsoft365 | 550 5.4.1 Recipient address rejected: Access denied. AS(201806281) | badrcpt recipient
microsoft365 | 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup | badrcpt recipient
microsoft365 | 452 4.2.122 recipient's per hour message receive limit exceeded | rate recipient
microsoft365 | 550 5.7.506 Access Denied, Bad HELO | proto message
microsoft365 | 550 5.6.11 SMTPSEND.BareLinefeedsAreIllegal | proto message
microsoft365 | 450 4.7.324 dnssec-invalid | tls site
microsoft365 | 451 4.7.500 Server busy. Please try again later | rate ip
microsoft365 | 451 4.7.855 Access denied, please try again later | repIP ip
microsoft365 | 450 4.7.26 Service does not accept messages sent over IPv6 unless they pass either SPF or DKIM | auth domain
yahoo | 421 4.7.0 [TSS05] Messages from 192.0.2.7 temporarily deferred | repIP ip
yahoo | 553 5.7.2 [TSS11] All messages from 192.0.2.7 will be permanently deferred | repIP ip
yahoo | 421 4.7.0 [TS03] Messages temporarily deferred | rate ip
yahoo | 553 5.7.1 [BL21] Connections not accepted | list ip zone=spamhaus.org
yahoo | 554 5.7.9 [PH01] Email not accepted for policy reasons | content message
yahoo | 554 5.7.5 (AU01) Message not accepted | auth domain
yahoo | 451 Message temporarily deferred due to unresolvable RFC.5321 from domain | dns domain
yahoo | 421 Max message per connection reached | rate ip
yahoo | 552 1 Requested mail action aborted, mailbox not found | badrcpt recipient
yahoo | 554.30 Sorry, this mailbox is disabled | suspended recipient
yahoo-japan | 553 VS1-IP Excessive unknown recipients | repIP ip
yahoo-japan | 553 VS1-MF Excessive unknown recipients | repDom domain
apple | 421 [HCM1] Message deferred | rate ip
apple | 550 5.7.1 [CS01] Message rejected due to local policy | content message
apple | 554 5.7.1 [HME1] blocked | auth domain
apple | 550 5.7.0 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.7 | list ip zone=ipcheck.proofpoint.com
comcast | 421 4.1.0 Throttled RL000010 | rate ip
comcast | 554 BL000010 listed | list ip
comcast | 554 BL000000 blocked | repIP ip
cox | 554 cox CXBL 192.0.2.7 | repIP ip
cox | 554 cox IPBL1000 192.0.2.7 | list ip zone=cloudmark.com
cox | 554 cox CXDNS 192.0.2.7 | dns ip
cox | 452 cox CXCNCT | rate ip
cox | 550 cox CXSNDR | auth domain
cox | 552 cox URLBL010 | content message
spectrum | 554 AUP#I-1000 | repIP ip
spectrum | 554 AUP#In-1110 | dns ip
spectrum | 554 AUP#I-1240 | list ip zone=spamhaus.org
spectrum | 554 AUP#I-1210 | list ip zone=cloudmark.com
spectrum | 554 AUP#I-1260 | proto us
spectrum | 421 AUP#In-1310 | rate ip
spectrum | 421 AUP#R-1450 | rate ip
spectrum | 552 AUP#In-1530 | size message
spectrum | 550 AUP#In-1560 | badrcpt recipient
godaddy | 421 Temporarily rejected IB101 | rate ip
godaddy | 554 RBL Reject IB103 | list ip zone=cloudmark.com
godaddy | 554 RBL Reject IB104 | list ip zone=spamhaus.org
godaddy | 554 blocked for the day IB113 | repIP ip
godaddy | 550 rDNS IB108 | dns ip
godaddy | 552 IB212 | content message
godaddy | 550 IB508 | auth domain
godaddy | 552 IB705 | content message
godaddy | 550 IB502 | proto sender
gmx | 554 (mxgmx005) Nemesis ESMTP Service not available: No SMTP service, IP address is black listed | list ip
gmx | 421 (mxgmx005) bad DNS PTR resource record | dns ip
gmx | 550 Reject due to policy violation | policy message
t-online | 554 IP=192.0.2.7 - A problem occurred. | repIP ip
t-online | 550 5.7.0 none/bad reputation | repIP ip
orange | 421 Service refuse OFR_102 [102] | list ip zone=cloudmark.com
orange | 421 Too many connections, slow down. OFR004_104 [104] | rate ip
orange | 421 Service refuse OFR006_510 [510] | repIP ip
orange | 550 OFR_506 [506] | content message
orange | 550 Invalid recipient OFR_416 [416] | badrcpt recipient
orange | 552 Mailbox full OFR_417 [417] | full recipient
orange | 550 Auth OFR_305 [305] | auth domain
laposte | 554 LPN007_101 | list ip zone=spamhaus.org
laposte | 554 LPN007_102 | list ip zone=bl.score.senderscore.com
laposte | 421 LPN006_105 | rate ip
laposte | 550 LPN007_401 | auth domain
laposte | 550 LPN007_420 | suspended recipient
laposte | 550 LPN007_517 | auth domain
laposte | 550 LPN007_630 | policy message
sfr | 554 Client host rejected: Abus detecte GU_EIB_04 | repIP ip
free | 451 too many spams from your ip (192.0.2.7) | repIP ip
tencent | 550 Ip frequency limited | rate ip
tencent | 550 Domain frequency limited | rate sender
tencent | 550 Mail content denied | content message
tencent | 550 Suspected spam ip | repIP ip
tencent | 550 SPF check failed | auth domain
netease | 421 Too many connections | rate ip
netease | 554 DT:SPM 192.0.2.7 | content message
netease | 550 RP:ORQ | rate sender
netease | 554 HL:ITC | rate ip
mailru | 550 spam message rejected | content message
mailru | 550 we do not accept mail from dynamic ips | dns ip
mailru | 550 invalid mailbox | badrcpt recipient
yandex | 451 4.7.1 Sorry, the service is currently unavailable | sysbusy site
yandex | 554 5.7.1 Message rejected under suspicion of SPAM | content message
mimecast | 451 Internal resources are temporarily unavailable | grey message
mimecast | 550 local CT IP reputation - (reject) | repIP ip
mimecast | 554 see csi.mimecast.org Poor Reputation Sender | repIP ip
mimecast | 550 DKIM Sender Invalid - envelope rejected | auth domain
mimecast | 550 Rejected by header based Anti-Spoofing policy | policy recipient
proofpoint | 550 5.7.0 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.7 | repIP ip zone=ipcheck.proofpoint.com
cisco | 554 Your access to this mail system has been rejected due to the sending MTA's poor reputation | repIP ip
spamexperts | 550 poor reputation of a domain used in message transfer | repDom domain
amazon | 554 Message rejected: Email address is not verified | policy us
amazon | 454 Throttling failure: Maximum sending rate exceeded | rate us
facebook | 550 5.1.1 RCP-P1 http://postmaster.facebook.com/response_codes | badrcpt recipient
facebook | 550 5.1.1 RCP-P2 http://postmaster.facebook.com/response_codes | policy recipient
facebook | 421 4.7.0 CON-T2 http://postmaster.facebook.com/response_codes | rate ip
facebook | 554 5.7.1 POL-P3 http://postmaster.facebook.com/response_codes | content message
zoho | 541 5.4.1 Mail rejected by destination domain | policy recipient
zoho | 452 Mailbox delivery restricted by policy error | policy recipient
zoho | 452 4.3.1 Temporary System Error | sysbusy site
zoho | 550 5.7.1 Email rejected per DMARC policy for example.com | auth domain
zoho | 552 5.7.1 virus EICAR detected by Zoho Mail | content message
strato | 550 5.7.1 Refused by local policy. No SPAM please! (B-URL) | content message
strato | 550 Forbidden domain 'example.org' in Envelope-From (B-EFROM-STRATO) | policy sender
gmx | 421 Rate limit reached. Please try again later | rate ip
netease | 421 HL:REP | rate ip
netease | 450 DT:RBL | list ip
netease | 451 DT:SPM, please try again | content message
netease | 550 Mailbox over quota | full recipient
tencent | 550 Error: content rejected | content message
mimecast | 421 Sender address blocked | policy recipient
mimecast | 550 Administrative prohibition - envelope blocked | policy recipient
mimecast | 550 Rejected by header based manually Blocked Senders | policy recipient
mimecast | 554 Host network not allowed | policy ip
mimecast | 550 Invalid Recipient | badrcpt recipient
mimecast | 451 The recipient has reached its quota | rate recipient
mimecast | 552 Message size exceeds maximum | size message
`);
