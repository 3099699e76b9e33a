/* What source, sink and report share: the streams, and what happened to their messages. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef uint64_t ns; /* CLOCK_MONOTONIC, the clock of process.hrtime; 0 means never */

enum { STREAMS_MAX = 8, HEAD_MAX = 1024, LINE_MAX_BYTES = 4096, SINK_HEADER_MAX = 1 << 20, LATE_DUPLICATES_MS = 300, SEND_AT_ONCE = 1 << 18 };

struct session;
struct stream {
  const char *name, *from;
  int count, size, conc, per, rcpts, senders, domains, pipeline, after_ms;
  double rate;
  /* what happened: by message, and by message × recipient */
  ns *started, *accepted, *delivered;
  int next, open, taken, later, refused, errors; /* the source's */
  long arrived, duplicates, corrupt;             /* the sink's; arrived is read by both */
  char bad[200];                                 /* the first reply that was not positive */
  char *pattern;                                 /* every body is a tail of it, so that each ends in CRLF */
  struct session *sessions;
};

struct options {
  int port, sink, timeout, tag, dot_delay, later, mute, first, wait, close_after;
  const char *refuse, *later_for, *slow_for;
};

struct sink_facts {
  int sessions, open, most_open;
  long foreign, messages;
  ns first_delivery, last_delivery;
  double cpu;
};

extern struct stream streams[STREAMS_MAX];
extern int stream_count;
extern struct options o;
extern struct sink_facts sink_facts;
extern volatile bool stop_asked, sink_ends;
extern ns begun;
extern double source_cpu;

ns now(void);
double thread_cpu(void);
_Noreturn void die(const char *what);
void *room(size_t count, size_t size); /* zeroed; ends the program where there is none */
void no_delay(int fd);

int sink_listen(void);
void *sink(void *listener); /* a thread; ends soon after sink_ends */

void sessions_prepare(struct stream *st);
ns due_at(const struct stream *st, int seq);
void run_sources(ns deadline); /* returns when all messages were offered and all sessions are over */

void report(void);
