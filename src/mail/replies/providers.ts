/**
 * Who runs the mail hosts behind a name. A row is an operator whose replies read alike; `family` joins services of one
 * operator. Hosts are what MX records end in; domains only those where anybody may have a mailbox.
 */

export interface Provider {
  readonly key: string;
  /** As people name it. */
  readonly name: string;
  readonly family?: string;
  readonly hosts: readonly string[];
  readonly domains: readonly string[];
  /** Its "no such mailbox" is true: it neither hides behind it nor says it while it synchronises. */
  readonly exact?: true;
  /** Where the host names were read, and when. */
  readonly from: string;
}

const MANUAL = "the operator's own pages for senders, read 2026";
const SEEN = "host names in receivers' replies of public collections, read 2026";
const KNOWN = "well-known MX names, not looked up again, 2026";

type Row = readonly [key: string, name: string, hosts: string, domains?: string];

/** Lists of names as one string each: a row is a line. */
function rows(from: string, table: readonly Row[]): readonly Provider[] {
  return table.map(([key, name, hosts, domains = ""]) => ({
    ...{ key, name, from, hosts: hosts.split(" "), domains: domains === "" ? [] : domains.split(" ") },
    ...(EXACT.has(key) && { exact: true as const }),
    ...(FAMILIES[key] !== undefined && { family: FAMILIES[key] }),
  }));
}

/** Four that answer for their own mailboxes, at once, and say "inactive", "full" and "blocked" in other words. */
const EXACT: ReadonlySet<string> = new Set(["google", "outlook", "yahoo", "apple"]);

const FAMILIES: Readonly<Record<string, string>> = {
  outlook: "microsoft",
  microsoft365: "microsoft",
  gmx: "ionos-group",
  ionos: "ionos-group",
};

export const PROVIDERS: readonly Provider[] = [
  ...rows(MANUAL, [
    ["google", "Google", "google.com googlemail.com psmtp.com", "gmail.com googlemail.com"],
    [
      "outlook",
      "Outlook.com",
      "olc.protection.outlook.com hotmail.com",
      "outlook.com hotmail.com live.com msn.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it hotmail.es live.co.uk live.fr live.nl live.de live.it live.se live.dk live.no live.be live.ca live.com.au outlook.de outlook.fr outlook.es outlook.it outlook.jp windowslive.com passport.com",
    ],
    [
      "microsoft365",
      "Microsoft 365",
      "protection.outlook.com mx.microsoft eo.outlook.com prod.outlook.com office365.us partner.outlook.cn exchangelabs.com bigfish.com frontbridge.com",
    ],
    [
      "yahoo",
      "Yahoo",
      "yahoodns.net yahoo.com mx.aol.com",
      "yahoo.com ymail.com rocketmail.com aol.com aim.com yahoo.co.uk yahoo.fr yahoo.de yahoo.it yahoo.es yahoo.ca yahoo.com.br yahoo.com.au yahoo.co.in yahoo.in yahoo.com.mx yahoo.com.ar yahoo.co.id yahoo.com.ph yahoo.com.sg yahoo.com.tw yahoo.com.hk yahoo.co.nz yahoo.gr yahoo.ie yahoo.pl yahoo.ro yahoo.se yahoo.dk yahoo.no yahoo.com.tr yahoo.com.vn verizon.net netscape.net aol.co.uk aol.de aol.fr myyahoo.com",
    ],
    ["apple", "Apple", "icloud.com apple.com", "icloud.com me.com mac.com"],
    ["comcast", "Comcast", "comcast.net", "comcast.net"],
    ["cox", "Cox", "cox.net cxr.mx.a.cloudfilter.net", "cox.net"],
    ["spectrum", "Spectrum", "charter.net rr.com", "charter.net spectrum.net twc.com roadrunner.com"],
    ["att", "AT&T", "prodigy.net att.net", "att.net sbcglobal.net bellsouth.net pacbell.net ameritech.net swbell.net"],
    ["godaddy", "GoDaddy", "secureserver.net"],
    ["gmx", "GMX and web.de", "gmx.net gmx.com web.de mail.com", "gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.fr web.de mail.com email.com"],
    ["t-online", "T-Online", "t-online.de", "t-online.de magenta.de"],
    ["orange", "Orange", "orange.fr wanadoo.fr", "orange.fr wanadoo.fr voila.fr"],
    ["laposte", "LaPoste", "laposte.net", "laposte.net"],
    ["mimecast", "Mimecast", "mimecast.com mimecast.co.za mimecast-offshore.com mimecast.org"],
    ["proofpoint", "Proofpoint", "pphosted.com ppe-hosted.com gpphosted.com proofpoint.com"],
    ["barracuda", "Barracuda", "barracudanetworks.com barracudacentral.org cudaops.com"],
    ["tencent", "QQ Mail", "qq.com", "qq.com foxmail.com vip.qq.com"],
    ["netease", "NetEase", "netease.com 163.com 126.com", "163.com 126.com yeah.net vip.163.com"],
    ["mailru", "Mail.ru", "mail.ru", "mail.ru bk.ru inbox.ru list.ru internet.ru"],
    ["yandex", "Yandex", "yandex.ru yandex.net yandex.com", "yandex.ru yandex.com ya.ru yandex.kz yandex.by narod.ru"],
    ["amazon", "Amazon SES", "amazonaws.com amazonses.com awsapps.com"],
  ]),
  ...rows(SEEN, [
    ["yahoo-japan", "Yahoo! Japan", "yahoo.co.jp", "yahoo.co.jp ybb.ne.jp"],
    ["docomo", "docomo", "docomo.ne.jp", "docomo.ne.jp"],
    ["au", "au", "au.com ezweb.ne.jp", "au.com ezweb.ne.jp"],
    ["softbank", "SoftBank", "softbank.ne.jp softbank.jp vodafone.ne.jp", "softbank.ne.jp i.softbank.jp"],
    ["sfr", "SFR", "sfr.fr neuf.fr", "sfr.fr neuf.fr cegetel.net club-internet.fr numericable.fr"],
    ["free", "Free", "free.fr proxad.net", "free.fr aliceadsl.fr"],
    ["cisco", "Cisco", "iphmx.com ironport.com"],
    ["symantec", "Symantec", "messagelabs.com messagelabs.net"],
    ["mcafee", "McAfee", "mxlogic.net mcafee.com"],
    ["cloudmark", "Cloudmark", "cloudfilter.net cloudmark.com"],
    ["spamexperts", "SpamExperts", "spamexperts.com spamexperts.net spamexperts.eu antispamcloud.com mtaroutes.com mailspamprotection.com"],
    ["fortinet", "Fortinet", "fortimailcloud.com fortimail.com"],
    ["rackspace", "Rackspace", "emailsrvr.com"],
    ["tucows", "OpenSRS", "hostedemail.com"],
    ["mailgun", "Mailgun", "mailgun.org"],
    ["facebook", "Facebook", "facebook.com"],
    ["ua-i", "I.UA", "i.ua email.ua", "i.ua email.ua ua.fm"],
    ["ionos", "IONOS", "kundenserver.de ionos.com ionos.de ionos.co.uk ionos.fr ionos.es ionos.it 1and1.com 1und1.de perfora.net"],
  ]),
  ...rows(KNOWN, [
    ["mailchannels", "MailChannels", "mailchannels.net mailchannels.com"],
    ["zoho", "Zoho", "zoho.com zoho.eu zoho.in zohomail.com zoho.com.au", "zoho.com zohomail.com zohomail.eu"],
    ["fastmail", "Fastmail", "messagingengine.com fastmail.com", "fastmail.com fastmail.fm sent.com"],
    ["proton", "Proton", "protonmail.ch proton.ch", "proton.me protonmail.com pm.me"],
    ["tuta", "Tuta", "tutanota.de tuta.com", "tuta.com tutanota.com tutanota.de tuta.io keemail.me"],
    ["ovh", "OVH", "ovh.net ovh.com ovh.ca"],
    ["strato", "Strato", "rzone.de strato.de"],
    ["hetzner", "Hetzner", "your-server.de hetzner.com hetzner.de"],
    ["all-inkl", "ALL-INKL", "kasserver.com"],
    ["hosteurope", "Host Europe", "hosteurope.de ispgateway.de"],
    ["freenet", "freenet", "freenet.de", "freenet.de"],
    ["vodafone-de", "Vodafone", "vodafonemail.de arcor.de", "arcor.de vodafonemail.de vodafone.de"],
    ["posteo", "Posteo", "posteo.de", "posteo.de posteo.net"],
    ["mailbox-org", "mailbox.org", "mailbox.org", "mailbox.org"],
    ["gandi", "Gandi", "gandi.net"],
    ["bouygues", "Bouygues", "bbox.fr", "bbox.fr"],
    ["infomaniak", "Infomaniak", "infomaniak.ch infomaniak.com", "ik.me"],
    ["swisscom", "Swisscom", "bluewin.ch swisscom.ch", "bluewin.ch"],
    ["a1", "A1", "a1.net aon.at", "aon.at a1.net"],
    ["kpn", "KPN", "kpnmail.nl kpnxchange.com xs4all.nl", "kpnmail.nl planet.nl hetnet.nl xs4all.nl"],
    ["ziggo", "Ziggo", "ziggo.nl as9143.net", "ziggo.nl home.nl upcmail.nl"],
    ["telenet", "Telenet", "telenet-ops.be telenet.be", "telenet.be"],
    ["proximus", "Proximus", "proximus.be belgacom.be", "skynet.be proximus.be"],
    ["libero", "Libero", "libero.it italiaonline.it virgilio.it", "libero.it virgilio.it iol.it inwind.it"],
    ["tim", "TIM", "tim.it alice.it telecomitalia.it", "alice.it tim.it tin.it"],
    ["tiscali", "Tiscali", "tiscali.it", "tiscali.it"],
    ["aruba", "Aruba", "aruba.it arubabusiness.it"],
    ["telefonica", "Telefónica", "telefonica.net movistar.es", "telefonica.net movistar.es"],
    ["wp", "Wirtualna Polska", "wp.pl o2.pl", "wp.pl o2.pl tlen.pl"],
    ["onet", "Onet", "onet.pl", "onet.pl op.pl poczta.onet.pl vp.pl"],
    ["interia", "Interia", "interia.pl", "interia.pl"],
    ["home-pl", "home.pl", "home.pl"],
    ["seznam", "Seznam", "seznam.cz", "seznam.cz email.cz post.cz"],
    ["centrum", "Centrum", "centrum.cz centrum.sk", "centrum.cz atlas.cz volny.cz centrum.sk"],
    ["bt", "BT", "btinternet.com cpcloud.co.uk", "btinternet.com bt.com btopenworld.com"],
    ["virginmedia", "Virgin Media", "virginmedia.com", "virginmedia.com ntlworld.com blueyonder.co.uk"],
    ["talktalk", "TalkTalk", "talktalk.net", "talktalk.net"],
    ["telia", "Telia", "telia.com telia.fi", "telia.com"],
    ["one-com", "one.com", "one.com"],
    ["loopia", "Loopia", "loopia.se"],
    ["simply", "Simply.com", "simply.com unoeuro.com"],
    ["synacor", "Synacor", "synacor.com centurylink.net"],
    ["vade", "Vade", "vadesecure.com vadesecure.net oxsus-vadesecure.net"],
    ["optimum", "Optimum", "optonline.net optimum.net", "optonline.net"],
    ["untd", "United Online", "untd.com", "juno.com netzero.net netzero.com"],
    ["namecheap", "Namecheap", "privateemail.com registrar-servers.com"],
    ["hostinger", "Hostinger", "hostinger.com titan.email"],
    ["newfold", "Newfold", "websitewelcome.com netsolmail.net bluehost.com hostgator.com"],
    ["dreamhost", "DreamHost", "dreamhost.com"],
    ["intermedia", "Intermedia", "serverdata.net"],
    ["cloudflare", "Cloudflare", "mx.cloudflare.net"],
    ["improvmx", "ImprovMX", "improvmx.com"],
    ["sendgrid", "SendGrid", "sendgrid.net"],
    ["postmark", "Postmark", "postmarkapp.com"],
    ["forcepoint", "Forcepoint", "mailcontrol.com"],
    ["trendmicro", "Trend Micro", "trendmicro.com trendmicro.eu trendmicro.co.jp"],
    ["sophos", "Sophos", "sophos.com reflexion.net"],
    ["hornet", "Hornetsecurity", "hornetsecurity.com antispameurope.com"],
    ["fireeye", "Trellix", "fireeyecloud.com"],
    ["mailinblack", "Mailinblack", "mailinblack.com"],
    ["expurgate", "eXpurgate", "expurgate.net expurgate.de"],
    ["appriver", "AppRiver", "arsmtp.com"],
    ["spamhero", "SpamHero", "spamhero.com"],
    ["sina", "Sina", "sina.com.cn sina.com", "sina.com sina.cn"],
    ["sohu", "Sohu", "sohu.com", "sohu.com"],
    ["alibaba", "Alibaba", "mxhichina.com aliyun.com alibaba.com", "aliyun.com"],
    ["coremail", "Coremail", "icoremail.net coremail.cn"],
    ["139", "China Mobile", "139.com", "139.com"],
    ["189", "China Telecom", "189.cn", "189.cn"],
    ["naver", "Naver", "naver.com", "naver.com"],
    ["daum", "Kakao", "daum.net hanmail.net kakao.com", "daum.net hanmail.net kakao.com"],
    ["nate", "Nate", "nate.com", "nate.com"],
    ["rediff", "Rediffmail", "rediffmail.com", "rediffmail.com"],
    ["biglobe", "BIGLOBE", "biglobe.ne.jp", "biglobe.ne.jp"],
    ["nifty", "@nifty", "nifty.com", "nifty.com"],
    ["ocn", "OCN", "ocn.ad.jp ocn.ne.jp", "ocn.ne.jp"],
    ["so-net", "So-net", "so-net.ne.jp"],
    ["sakura", "Sakura", "sakura.ne.jp"],
    ["rambler", "Rambler", "rambler.ru", "rambler.ru lenta.ru"],
    ["ukrnet", "UKR.NET", "ukr.net", "ukr.net"],
    ["uol", "UOL", "uol.com.br", "uol.com.br bol.com.br"],
    ["terra", "Terra", "terra.com.br terra.com", "terra.com.br"],
    ["locaweb", "Locaweb", "locaweb.com.br"],
  ]),
];

const BY_HOST = new Map(PROVIDERS.flatMap((provider) => provider.hosts.map((host) => [host, provider] as const)));
const BY_DOMAIN = new Map(PROVIDERS.flatMap((provider) => provider.domains.map((domain) => [domain, provider] as const)));
const BY_KEY = new Map(PROVIDERS.map((provider) => [provider.key, provider]));

/** DNS names have at most 253 octets (RFC 1035 §2.3.4); a longer host is none. */
const MOST_NAME = 255;

export function findByHost(host: string): Provider | undefined {
  if (host.length > MOST_NAME) return undefined;
  let name = host.toLowerCase().replace(/\.$/, "");
  while (name !== "") {
    const found = BY_HOST.get(name);
    if (found !== undefined) return found;
    const dot = name.indexOf(".");
    name = dot < 0 ? "" : name.slice(dot + 1);
  }
  return undefined;
}

export function findByDomain(domain: string): Provider | undefined {
  return BY_DOMAIN.get(domain.toLowerCase().replace(/\.$/, ""));
}

export function findByKey(key: string): Provider | undefined {
  return BY_KEY.get(key);
}

/** A provider's name, or what its family is called together. */
export function nameOf(keyOrFamily: string): string | undefined {
  return keyOrFamily === "microsoft" ? "Microsoft" : BY_KEY.get(keyOrFamily)?.name;
}
