/** The columns of a `DeliveryRow`, in its order: what an attempt or a list needs to know of a delivery except the content. */
export const DELIVERY_COLUMNS = `
  d.message, d.rcpt, d.version, d.due_at, d.expires_at, d.attempts, d.sent_at, d.last_host,
  (select text from name where id = d.site), (select text from name where id = d.tenant),
  (select text from name where id = d.sender), (select text from name where id = d.source),
  d.state, d.why, d.action, d.address, d.domain, d.dsn, d.delay_told,
  m.class, m.mail_from, m.bytes, m.body, m.smtp_utf8, m.ret, m.envid, m.accepted_at, d.tls`;
export const DELIVERY_TABLES = "delivery d join message m on m.key = d.message";
