/* The sources: every stream's sessions in one epoll loop. In lockstep unless a stream pipelines its envelopes. */
#include "load.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct session {
  struct stream *stream;
  int fd, seq, done; /* done: messages accepted in this session */
  enum { IDLE, GREETING, HELLO, ENVELOPE, CONTENT, GOODBYE } at;
  int sent, answered; /* commands of the envelope: MAIL, RCPT …, DATA */
  char in[LINE_MAX_BYTES];
  size_t in_used;
  char *out; /* commands that the socket did not take */
  size_t out_used, out_sent;
  char head[HEAD_MAX];
  size_t head_length, body_length, content_sent, content_length; /* content: head, body, final dot */
};
static int source_epoll;

void sessions_prepare(struct stream *st) {
  st->sessions = room((size_t)st->conc, sizeof *st->sessions);
  for (int i = 0; i < st->conc; i++) st->sessions[i] = (struct session){.stream = st, .fd = -1};
}

static void want_write(struct session *s, bool yes) {
  struct epoll_event e = {.events = EPOLLIN | (yes ? EPOLLOUT : 0u), .data.ptr = s};
  epoll_ctl(source_epoll, EPOLL_CTL_MOD, s->fd, &e);
}

static void session_close(struct session *s) {
  close(s->fd);
  s->fd = -1;
  s->at = IDLE;
  s->stream->open--;
  free(s->out);
  s->out = NULL;
  s->in_used = s->out_used = s->out_sent = 0;
}

static bool flush_out(struct session *s) {
  ssize_t sent = send(s->fd, s->out + s->out_sent, s->out_used - s->out_sent, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return false;
  if (sent > 0) s->out_sent += (size_t)sent;
  bool all = s->out_sent == s->out_used;
  if (all) {
    free(s->out);
    s->out = NULL;
    s->out_used = s->out_sent = 0;
  }
  want_write(s, !all);
  return true;
}

static bool say(struct session *s, const char *text, size_t length) {
  ssize_t sent = s->out ? 0 : send(s->fd, text, length, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return false;
  if (sent < 0) sent = 0;
  if ((size_t)sent == length) return true;
  size_t left = length - (size_t)sent;
  if (!(s->out = realloc(s->out, s->out_used + left))) die("memory");
  memcpy(s->out + s->out_used, text + sent, left);
  s->out_used += left;
  want_write(s, true);
  return true;
}

/* A bounded part at a time, so that a large message does not hold up the other sessions of this thread. */
static bool send_content(struct session *s) {
  const struct stream *st = s->stream;
  size_t stop_at = s->content_sent + SEND_AT_ONCE;
  while (s->content_sent < s->content_length) {
    struct iovec parts[3] = {
        {s->head, s->head_length}, {st->pattern + st->size - s->body_length, s->body_length}, {(char *)".\r\n", 3}};
    size_t skip = s->content_sent;
    int from = 0;
    while (skip >= parts[from].iov_len) skip -= parts[from++].iov_len;
    parts[from].iov_base = (char *)parts[from].iov_base + skip;
    parts[from].iov_len -= skip;
    struct msghdr m = {.msg_iov = parts + from, .msg_iovlen = (size_t)(3 - from)};
    ssize_t sent = sendmsg(s->fd, &m, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent > 0) s->content_sent += (size_t)sent;
    if (sent < 0 || (s->content_sent >= stop_at && s->content_sent < s->content_length)) {
      want_write(s, true);
      return true;
    }
  }
  if (s->content_length > SEND_AT_ONCE) want_write(s, false);
  return true;
}

static bool begin_content(struct session *s) {
  const struct stream *st = s->stream;
  int i = (int)(st - streams), sender = s->seq % st->senders;
  size_t body = st->size > 500 ? (size_t)st->size - 400 : 100;
  for (int pass = 0; pass < 2; pass++) { /* the length of the body stands in the head, whose length it depends on */
    s->head_length = (size_t)snprintf(s->head, sizeof s->head,
        "From: <%s%d@source.example>\r\nTo: <r0.%d.%d.%d@dest%d.example>\r\nSubject: benchmark message %d\r\n"
        "Date: Tue, 24 Nov 2026 12:00:00 +0000\r\nMessage-ID: <%d.%d.%d@source.example>\r\nX-Bench: %d.%d.%d.%zu\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n",
        st->from, sender, s->seq, i, o.tag, s->seq % st->domains, s->seq, o.tag, i, s->seq, o.tag, i, s->seq, body);
    if (pass == 0 && (size_t)st->size > s->head_length + 100) body = (size_t)st->size - s->head_length;
  }
  if (body > (size_t)st->size) body = (size_t)st->size;
  s->body_length = body;
  s->content_sent = 0;
  s->content_length = s->head_length + body + 3;
  s->at = CONTENT;
  return send_content(s);
}

static bool send_envelope(struct session *s) {
  const struct stream *st = s->stream;
  int last = st->rcpts + 1, i = (int)(st - streams);
  char line[256];
  size_t used = 0, size = st->pipeline ? (size_t)(st->rcpts + 2) * 96 : sizeof line;
  char *text = st->pipeline ? room(size, 1) : line;
  do {
    int n = s->sent++;
    if (n == 0) used += (size_t)snprintf(text + used, size - used, "MAIL FROM:<%s%d@source.example>\r\n", st->from, s->seq % st->senders);
    else if (n < last)
      used += (size_t)snprintf(text + used, size - used, "RCPT TO:<r%d.%d.%d.%d@dest%d.example>\r\n", n - 1, s->seq, i, o.tag, (s->seq + n - 1) % st->domains);
    else used += (size_t)snprintf(text + used, size - used, "DATA\r\n");
  } while (st->pipeline && s->sent <= last);
  bool ok = say(s, text, used);
  if (st->pipeline) free(text);
  return ok;
}

ns due_at(const struct stream *st, int seq) {
  return begun + (ns)st->after_ms * 1000000u + (st->rate > 0 ? (ns)((double)seq / st->rate * 1e9) : 0);
}

/* At a given rate a message starts when it is due, even if no session is free: waiting for one counts. */
static void take_next(struct session *s) {
  struct stream *st = s->stream;
  s->seq = st->next++;
  st->started[s->seq] = st->rate > 0 ? due_at(st, s->seq) : now();
  s->sent = s->answered = 0;
}

static bool session_open(struct session *s) {
  struct stream *st = s->stream;
  s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (s->fd < 0) die("socket");
  no_delay(s->fd);
  take_next(s);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(s->fd, (void *)&a, sizeof a) < 0 && errno != EINPROGRESS) {
    close(s->fd);
    s->fd = -1;
    st->errors++;
    return false;
  }
  s->at = GREETING;
  s->done = 0;
  st->open++;
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = s};
  epoll_ctl(source_epoll, EPOLL_CTL_ADD, s->fd, &e);
  return true;
}

static bool refused(struct session *s, int code, const char *line) {
  struct stream *st = s->stream;
  if (code >= 500) st->refused++;
  else st->later++;
  if (!*st->bad) snprintf(st->bad, sizeof st->bad, "%.*s", (int)strcspn(line, "\r\n"), line);
  return false;
}

/* The last line of a reply; false: close. */
static bool on_reply(struct session *s, int code, const char *line) {
  struct stream *st = s->stream;
  switch (s->at) {
    case GREETING:
      if (code != 220) return refused(s, code, line);
      s->at = HELLO;
      return say(s, "EHLO source.example\r\n", 21);
    case HELLO:
      if (code != 250) return refused(s, code, line);
      s->at = ENVELOPE;
      return send_envelope(s);
    case ENVELOPE:
      if (code >= 400) return refused(s, code, line);
      if (++s->answered == st->rcpts + 2) return begin_content(s);
      return s->sent > s->answered || send_envelope(s);
    case CONTENT:
      if (code != 250) return refused(s, code, line);
      st->accepted[s->seq] = now();
      st->taken++;
      s->done++;
      if (s->done < st->per && st->next < st->count && due_at(st, st->next) <= now()) {
        take_next(s);
        s->at = ENVELOPE;
        return send_envelope(s);
      }
      s->at = GOODBYE;
      return say(s, "QUIT\r\n", 6);
    default:
      return false;
  }
}

static bool on_input(struct session *s) {
  ssize_t got = read(s->fd, s->in + s->in_used, sizeof s->in - 1 - s->in_used);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got <= 0) {
    if (s->at != GOODBYE) s->stream->errors++;
    return false;
  }
  s->in_used += (size_t)got;
  s->in[s->in_used] = 0;
  char *line = s->in, *end;
  while ((end = memchr(line, '\n', s->in_used - (size_t)(line - s->in)))) {
    if (end - line > 3 && line[3] != '-' && !on_reply(s, atoi(line), line)) return false;
    line = end + 1;
  }
  s->in_used -= (size_t)(line - s->in);
  memmove(s->in, line, s->in_used);
  return s->in_used < sizeof s->in - 1;
}

static bool open_due(struct stream *st) {
  for (int i = 0; i < st->conc && st->next < st->count && st->open < st->conc; i++) {
    if (st->sessions[i].at != IDLE) continue;
    if (due_at(st, st->next) > now() || !session_open(&st->sessions[i])) break;
  }
  return st->next < st->count || st->open > 0;
}

void run_sources(ns deadline) {
  source_epoll = epoll_create1(0);
  struct epoll_event events[256];
  bool paced = false;
  for (int i = 0; i < stream_count; i++) paced |= streams[i].rate > 0 || streams[i].after_ms > 0;
  while (now() < deadline && !stop_asked) {
    bool more = false;
    for (int i = 0; i < stream_count; i++) more |= open_due(&streams[i]);
    if (!more) break;
    int ready = epoll_wait(source_epoll, events, 256, paced ? 1 : 100);
    for (int i = 0; i < ready; i++) {
      struct session *s = events[i].data.ptr;
      bool ok = s->fd >= 0;
      if (ok && (events[i].events & EPOLLOUT)) {
        ok = s->out ? flush_out(s) : s->at == CONTENT ? send_content(s) : true;
        if (!ok) s->stream->errors++;
      }
      if (ok && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) ok = on_input(s);
      if (!ok && s->fd >= 0) session_close(s);
    }
  }
  source_cpu = thread_cpu();
}

