/*
 * Load for the questions in this folder: SMTP sources and an SMTP sink in one process, a thread each, so that the
 * start, the acceptance and the delivery of every message are read from one clock.
 *
 * A run has one sink and any number of streams: sources that differ in size, rate, sender and so on. Options before
 * the first --stream hold for all streams; --stream NAME begins one. A message says who it is in its recipients and
 * in an X-Bench header, which also gives the length of its body, so the sink can compare every byte of it. The sink
 * keeps no more of a message than its header. Prints one JSON object at the end (and, with --first 1, a line at the
 * first delivery). SIGTERM ends a run early; the report is still printed.
 *
 * Files: load.c (this: the command), source.c, sink.c, report.c. Build: gcc -O2 -pthread -o load *.c
 */
#include "load.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

struct stream streams[STREAMS_MAX];
int stream_count;
struct options o = {.port = 2525, .sink = 2600, .timeout = 120, .tag = 1, .wait = 1, .refuse = "", .later_for = "", .slow_for = ""};
struct sink_facts sink_facts;
volatile bool stop_asked, sink_ends;
ns begun;
double source_cpu;

static struct stream defaults = {.name = "load", .from = "sender", .count = 3000, .size = 5120, .conc = 20, .per = 1, .rcpts = 1, .senders = 97, .domains = 1};

ns now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (ns)t.tv_sec * 1000000000u + (ns)t.tv_nsec;
}
double thread_cpu(void) {
  struct rusage r;
  getrusage(RUSAGE_THREAD, &r);
  return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}
_Noreturn void die(const char *what) {
  perror(what);
  exit(2);
}
void *room(size_t count, size_t size) {
  void *p = calloc(count ? count : 1, size);
  if (!p) die("memory");
  return p;
}
void no_delay(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static const char OPTIONS[] =
    "--port N --sink N (0: none) --timeout S --tag N (marks the run) --wait 0 (do not wait for the deliveries) --first 1 (tell the first delivery)\n"
    "sink: --dot-delay MS --slow-for TEXT (delays only recipients with TEXT) --refuse TEXT (550) --later-for TEXT (451) --later 1 (451 to every MAIL)\n"
    "      --mute 1 (accepts connections, says nothing) --close-after N (messages a session)\n"
    "streams: --stream NAME --count N --size OCTETS --conc SESSIONS --per MESSAGES (a session) --rate MESSAGES (a second) --senders N --from NAME\n"
    "      --rcpts N (a message) --domains N --pipeline 1 --after MS\n";

static void option(const char *name, const char *value) {
  struct stream *st = stream_count ? &streams[stream_count - 1] : &defaults;
  const struct { const char *name; int *number; const char **text; } known_options[] = {
      {"--port", &o.port, 0}, {"--sink", &o.sink, 0}, {"--timeout", &o.timeout, 0}, {"--tag", &o.tag, 0}, {"--wait", &o.wait, 0}, {"--first", &o.first, 0},
      {"--dot-delay", &o.dot_delay, 0}, {"--slow-for", 0, &o.slow_for}, {"--refuse", 0, &o.refuse}, {"--later-for", 0, &o.later_for}, {"--later", &o.later, 0},
      {"--mute", &o.mute, 0}, {"--close-after", &o.close_after, 0},
      {"--count", &st->count, 0}, {"--size", &st->size, 0}, {"--conc", &st->conc, 0}, {"--per", &st->per, 0}, {"--senders", &st->senders, 0}, {"--from", 0, &st->from},
      {"--rcpts", &st->rcpts, 0}, {"--domains", &st->domains, 0}, {"--pipeline", &st->pipeline, 0}, {"--after", &st->after_ms, 0}};
  if (!strcmp(name, "--rate")) {
    st->rate = atof(value);
    return;
  }
  if (!strcmp(name, "--stream") && stream_count < STREAMS_MAX) {
    streams[stream_count] = defaults;
    streams[stream_count++].name = value;
    return;
  }
  for (size_t i = 0; i < sizeof known_options / sizeof *known_options; i++) {
    if (strcmp(name, known_options[i].name)) continue;
    if (known_options[i].number) *known_options[i].number = atoi(value);
    else *known_options[i].text = value;
    return;
  }
  fprintf(stderr, "load: unknown option %s\n%s", name, OPTIONS);
  exit(2);
}

static void prepare(struct stream *st) {
  if (st->count < 0 || st->size < 1 || st->conc < 1 || st->rcpts < 1 || st->senders < 1 || st->domains < 1) {
    fprintf(stderr, "load: stream %s: numbers must be positive\n", st->name);
    exit(2);
  }
  if (st->size < 1000) st->size = 1000;
  st->started = room((size_t)st->count, sizeof(ns));
  st->accepted = room((size_t)st->count, sizeof(ns));
  st->delivered = room((size_t)st->count * (size_t)st->rcpts, sizeof(ns));
  sessions_prepare(st);
  st->pattern = room((size_t)st->size, 1);
  for (int i = 0; i < st->size; i++) { /* lines of 74 octets without dots, laid out from the end */
    int column = (st->size - 1 - i) % 74;
    st->pattern[i] = column == 1 ? '\r' : column == 0 ? '\n' : "abcdefghijklmnopqrstuvwxyz0123456789 "[(i * 7 + i / 74) % 37];
  }
}

static void on_signal(int signal_number) {
  (void)signal_number;
  stop_asked = 1;
}

static bool all_arrived(void) {
  for (int i = 0; i < stream_count; i++)
    if (__atomic_load_n(&streams[i].arrived, __ATOMIC_ACQUIRE) < (long)streams[i].taken * streams[i].rcpts) return false;
  return true;
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, on_signal);
  signal(SIGINT, on_signal);
  for (int i = 1; i < argc; i += 2) option(argv[i], i + 1 < argc ? argv[i + 1] : "");
  if (!stream_count) {
    streams[0] = defaults;
    stream_count = 1;
  }
  for (int i = 0; i < stream_count; i++) prepare(&streams[i]);
  pthread_t thread;
  int listener = o.sink ? sink_listen() : -1;
  if (o.sink) pthread_create(&thread, NULL, sink, &listener);
  begun = now();
  ns deadline = begun + (ns)o.timeout * 1000000000u;
  run_sources(deadline);
  bool only_sink = true;
  for (int i = 0; i < stream_count; i++) only_sink &= streams[i].count == 0;
  while (o.sink && !stop_asked && now() < deadline && (only_sink || (o.wait && !all_arrived()))) usleep(2000);
  if (o.sink) {
    usleep(LATE_DUPLICATES_MS * 1000);
    sink_ends = true;
    pthread_join(thread, NULL);
  }
  report();
  return 0;
}
