/* The report: rates and latencies of each stream as JSON. */
#include "load.h"

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}
static void print_spread(const char *name, double *ms, int count) {
  qsort(ms, (size_t)count, sizeof *ms, by_size);
  if (!count) printf(",\"%s_ms\":null", name);
  else printf(",\"%s_ms\":{\"p50\":%.2f,\"p99\":%.2f,\"max\":%.2f}", name, ms[count / 2], ms[(int)((double)(count - 1) * 0.99 + 0.5)], ms[count - 1]);
}
static void print_text(const char *text) {
  for (; *text; text++)
    if (*text == '"' || *text == '\\') printf("\\%c", *text);
    else putchar((unsigned char)*text < 32 ? ' ' : *text);
}

static void print_stream(const struct stream *st) {
  size_t pairs = (size_t)st->count * (size_t)st->rcpts;
  double *start_accept = room((size_t)st->count, 8), *accept_deliver = room(pairs, 8), *start_deliver = room(pairs, 8);
  int a = 0, d = 0;
  ns last_accepted = 0, last_delivered = 0;
  for (int seq = 0; seq < st->count; seq++) {
    ns accepted = st->accepted[seq];
    if (accepted > last_accepted) last_accepted = accepted;
    if (accepted) start_accept[a++] = ((double)accepted - (double)st->started[seq]) / 1e6;
    for (int r = 0; r < st->rcpts; r++) {
      ns delivered = st->delivered[(size_t)seq * (size_t)st->rcpts + (size_t)r];
      if (delivered > last_delivered) last_delivered = delivered;
      if (!accepted || !delivered) continue;
      accept_deliver[d] = ((double)delivered - (double)accepted) / 1e6; /* below 0 where the sink was faster than our reading */
      start_deliver[d++] = ((double)delivered - (double)st->started[seq]) / 1e6;
    }
  }
  ns origin = due_at(st, 0);
  double inject_s = last_accepted > origin ? (double)(last_accepted - origin) / 1e9 : 0, all_s = last_delivered > origin ? (double)(last_delivered - origin) / 1e9 : 0;
  printf("{\"offered\":%d,\"accepted\":%d,\"deliveries\":%ld,\"duplicates\":%ld,\"corrupt\":%ld,\"later\":%d,\"refused\":%d,\"errors\":%d",
      st->next, st->taken, st->arrived, st->duplicates, st->corrupt, st->later, st->refused, st->errors);
  if (*st->bad) {
    printf(",\"first_refusal\":\"");
    print_text(st->bad);
    putchar('"');
  }
  printf(",\"inject_s\":%.4f,\"all_s\":%.4f,\"inject_rate\":%.1f,\"delivery_rate\":%.1f", inject_s, all_s, inject_s > 0 ? st->taken / inject_s : 0, all_s > 0 ? (double)st->arrived / all_s : 0);
  print_spread("start_accept", start_accept, a);
  print_spread("accept_deliver", accept_deliver, d);
  print_spread("start_deliver", start_deliver, d);
  putchar('}');
  free(start_accept);
  free(accept_deliver);
  free(start_deliver);
}

void report(void) {
  printf("{\"sink\":{\"sessions\":%d,\"most_open\":%d,\"messages\":%ld,\"foreign\":%ld,\"first_delivery_ns\":%llu,\"last_delivery_ns\":%llu,\"cpu_s\":%.3f},\"source_cpu_s\":%.3f,\"streams\":{",
      sink_facts.sessions, sink_facts.most_open, sink_facts.messages, sink_facts.foreign, (unsigned long long)sink_facts.first_delivery, (unsigned long long)sink_facts.last_delivery, sink_facts.cpu, source_cpu);
  for (int i = 0; i < stream_count; i++) {
    printf("%s\"%s\":", i ? "," : "", streams[i].name);
    print_stream(&streams[i]);
  }
  printf("}}\n");
}

