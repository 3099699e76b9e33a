/* The sink: one thread, an epoll loop, and a list of replies that are due later. */
#include "load.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>

struct who { int stream, seq, rcpt; };
struct incoming {
  int fd;
  enum { COMMAND, HEADER, BODY } at;
  char *buf;
  size_t used, size;
  struct who *to; /* of this transaction */
  int to_count, to_size;
  bool slow, waits, gone; /* waits: the reply to its final dot is due later */
  int messages;
  struct who what; /* from X-Bench; stream < 0: not of this run */
  size_t body_length, body_seen, skip; /* skip: octets of the empty line still to come */
  bool intact;
  ns due;
  struct incoming *next;
};
static struct incoming *due_first, *due_last; /* the delay is the same for all, so the order of arrival is the order of due */

static bool send_all(int fd, const char *text, size_t length) {
  while (length) {
    ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno != EAGAIN && errno != EINTR) return false;
      struct pollfd p = {.fd = fd, .events = POLLOUT};
      if (poll(&p, 1, 1000) <= 0) return false; /* a peer that reads nothing for a second is no use to a measurement */
      continue;
    }
    text += sent;
    length -= (size_t)sent;
  }
  return true;
}

static bool known(const struct who *w) {
  return w->stream >= 0 && w->stream < stream_count && w->seq >= 0 && w->seq < streams[w->stream].count && w->rcpt >= 0 && w->rcpt < streams[w->stream].rcpts;
}

static const char *on_rcpt(struct incoming *c, char *line) {
  struct who w = {-1, -1, -1};
  int tag = -1;
  char *r = strchr(line, '<');
  if (!r || sscanf(r + 1, "r%d.%d.%d.%d@", &w.rcpt, &w.seq, &w.stream, &tag) != 4 || tag != o.tag || !known(&w)) w.stream = -1;
  if (*o.refuse && strstr(line, o.refuse)) return "550 5.1.1 no such mailbox\r\n";
  if (*o.later_for && strstr(line, o.later_for)) return "451 4.3.0 try again later\r\n";
  if (*o.slow_for && strstr(line, o.slow_for)) c->slow = true;
  if (c->to_count == c->to_size) {
    c->to_size = c->to_size ? c->to_size * 2 : 16;
    c->to = realloc(c->to, (size_t)c->to_size * sizeof *c->to);
    if (!c->to) die("memory");
  }
  c->to[c->to_count++] = w;
  return "250 2.1.5 Ok\r\n";
}

static void on_header(struct incoming *c, const char *header, size_t length) {
  char text[128] = "";
  char *x = memmem(header, length, "\nX-Bench: ", 10);
  int tag = -1;
  if (x) memcpy(text, x + 10, (size_t)(header + length - x - 10) < sizeof text - 1 ? (size_t)(header + length - x - 10) : sizeof text - 1);
  c->what = (struct who){-1, -1, 0};
  if (sscanf(text, "%d.%d.%d.%zu", &tag, &c->what.stream, &c->what.seq, &c->body_length) != 4 || tag != o.tag || !known(&c->what)) c->what.stream = -1;
  c->body_seen = 0;
  c->skip = 2;
  c->intact = true;
}

static void on_body(struct incoming *c, const char *bytes, size_t length) {
  size_t skip = length < c->skip ? length : c->skip;
  c->skip -= skip;
  bytes += skip;
  length -= skip;
  if (c->what.stream >= 0 && c->intact) {
    struct stream *s = &streams[c->what.stream];
    const char *body = s->pattern + s->size - c->body_length;
    c->intact = c->body_seen + length <= c->body_length && !memcmp(bytes, body + c->body_seen, length);
  }
  c->body_seen += length;
}

static void on_delivery(struct incoming *c, ns at) {
  if (c->what.stream < 0) {
    sink_facts.foreign++;
  } else {
    struct stream *s = &streams[c->what.stream];
    if (!c->intact || c->body_seen != c->body_length) s->corrupt++;
    for (int i = 0; i < c->to_count; i++) {
      if (c->to[i].stream != c->what.stream || c->to[i].seq != c->what.seq) {
        sink_facts.foreign++;
        continue;
      }
      ns *slot = &s->delivered[(size_t)c->what.seq * (size_t)s->rcpts + (size_t)c->to[i].rcpt];
      if (*slot) s->duplicates++;
      else {
        *slot = at;
        __atomic_add_fetch(&s->arrived, 1, __ATOMIC_RELEASE);
      }
    }
  }
  sink_facts.messages++;
  sink_facts.last_delivery = at;
  if (sink_facts.first_delivery) return;
  sink_facts.first_delivery = at;
  if (o.first) {
    printf("{\"first_delivery_ns\":%llu}\n", (unsigned long long)at);
    fflush(stdout);
  }
}

/* One command; false: the session is lost. `out` collects replies to pipelined commands. */
static bool command(struct incoming *c, char *line, char *out, size_t *out_length, bool *quit) {
  const char *reply = "500 5.5.2 what?\r\n";
  if (!strncasecmp(line, "EHLO", 4)) reply = "250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 104857600\r\n";
  else if (!strncasecmp(line, "HELO", 4)) reply = "250 sink.example\r\n";
  else if (!strncasecmp(line, "MAIL", 4)) {
    c->to_count = 0;
    c->slow = !*o.slow_for;
    reply = o.later ? "451 4.3.0 try again later\r\n" : "250 2.1.0 Ok\r\n";
  } else if (!strncasecmp(line, "RCPT", 4)) reply = on_rcpt(c, line);
  else if (!strncasecmp(line, "DATA", 4)) {
    if (c->to_count) c->at = HEADER;
    reply = c->to_count ? "354 go ahead\r\n" : "554 5.5.1 no valid recipients\r\n";
  } else if (!strncasecmp(line, "RSET", 4) || !strncasecmp(line, "NOOP", 4)) {
    if ((line[0] | 32) == 'r') c->to_count = 0;
    reply = "250 2.0.0 Ok\r\n";
  } else if (!strncasecmp(line, "QUIT", 4)) {
    *quit = true;
    reply = "221 2.0.0 Bye\r\n";
  }
  size_t length = strlen(reply);
  if (*out_length + length > LINE_MAX_BYTES) {
    if (!send_all(c->fd, out, *out_length)) return false;
    *out_length = 0;
  }
  memcpy(out + *out_length, reply, length);
  *out_length += length;
  return true;
}

static void answer_later(struct incoming *c) {
  c->waits = true;
  c->due = now() + (ns)o.dot_delay * 1000000u;
  c->next = NULL;
  if (due_last) due_last->next = c;
  else due_first = c;
  due_last = c;
}

/* Handles what lies in the buffer; false: the session is over. */
static bool digest(struct incoming *c) {
  char out[LINE_MAX_BYTES];
  size_t done = 0, out_length = 0;
  bool quit = false;
  while (done < c->used && !quit && !c->waits) {
    char *from = c->buf + done;
    size_t length = c->used - done;
    if (c->at == COMMAND) {
      char *end = memchr(from, '\n', length);
      if (!end) break;
      *end = 0;
      done += (size_t)(end - from) + 1;
      if (!command(c, from, out, &out_length, &quit)) return false;
    } else if (c->at == HEADER) {
      char *end = memmem(from, length, "\r\n\r\n", 4);
      if (!end) {
        if (length > SINK_HEADER_MAX) return false;
        break;
      }
      on_header(c, from, (size_t)(end - from));
      c->at = BODY;
      done += (size_t)(end - from) + 2; /* the empty line's CRLF stays: a body without lines then ends like any other */
    } else {
      char *end = memmem(from, length, "\r\n.\r\n", 5);
      size_t take = end ? (size_t)(end - from) + 2 : length > 4 ? length - 4 : 0; /* the end may lie across two reads */
      on_body(c, from, take);
      done += end ? take + 3 : take;
      if (!end) break;
      on_delivery(c, now());
      c->at = COMMAND;
      c->to_count = 0;
      c->messages++;
      if (o.dot_delay && c->slow) {
        answer_later(c);
      } else {
        memcpy(out + out_length, "250 2.0.0 taken\r\n", 17);
        out_length += 17;
        quit = o.close_after && c->messages >= o.close_after;
      }
    }
  }
  memmove(c->buf, c->buf + done, c->used - done);
  c->used -= done;
  return (!out_length || send_all(c->fd, out, out_length)) && !quit;
}

static void sink_close(int epoll, struct incoming *c) {
  if (c->fd >= 0) {
    epoll_ctl(epoll, EPOLL_CTL_DEL, c->fd, NULL);
    close(c->fd);
    c->fd = -1;
    sink_facts.open--;
  }
  c->gone = true;
  if (c->waits) return; /* still in the list of due replies, freed there */
  free(c->buf);
  free(c->to);
  free(c);
}

static void answer_due(int epoll) {
  while (due_first && due_first->due <= now()) {
    struct incoming *c = due_first;
    due_first = c->next;
    if (!due_first) due_last = NULL;
    c->waits = false;
    bool last = o.close_after && c->messages >= o.close_after;
    if (c->gone || !send_all(c->fd, "250 2.0.0 taken\r\n", 17) || last || !digest(c)) sink_close(epoll, c);
  }
}

static void sink_accept(int epoll, int listener) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
    no_delay(fd);
    struct incoming *c = room(1, sizeof *c);
    c->fd = fd;
    c->size = 65536;
    c->buf = room(c->size, 1);
    sink_facts.sessions++;
    if (++sink_facts.open > sink_facts.most_open) sink_facts.most_open = sink_facts.open;
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
    if (!o.mute) send_all(fd, "220 sink.example ESMTP\r\n", 24);
  }
}

void *sink(void *given) {
  int listener = *(int *)given, epoll = epoll_create1(0);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, events[128];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
  while (!sink_ends) {
    int ready = epoll_wait(epoll, events, 128, due_first ? 1 : 100);
    for (int i = 0; i < ready; i++) {
      struct incoming *c = events[i].data.ptr;
      if (!c) {
        sink_accept(epoll, listener);
        continue;
      }
      if (c->size - c->used < 32768) {
        c->size *= 2;
        if (!(c->buf = realloc(c->buf, c->size))) die("memory");
      }
      ssize_t got = read(c->fd, c->buf + c->used, c->size - c->used);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got > 0) c->used += (size_t)got;
      if (got <= 0 || !digest(c)) sink_close(epoll, c);
    }
    answer_due(epoll);
  }
  sink_facts.cpu = thread_cpu();
  return NULL;
}

int sink_listen(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o.sink), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (void *)&a, sizeof a) < 0 || listen(fd, 1024) < 0) die("sink");
  return fd;
}

