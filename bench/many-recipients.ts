/**
 * One message to a thousand recipients, and ten of them to 10,000: how long until the last has it, and at what cost?
 *
 * Hypothesis: a thousand deliveries of one message cost far less than a thousand messages, because recipients of a site
 * share transactions (one content, many RCPTs) and a transaction settles in one commit. Postfix stands beside it
 * (default_destination_recipient_limit = 50, as it ships). Warm-up: three messages of a thousand. The envelope is
 * pipelined, as mailing-list software does it.
 *
 * Usage: node bench/many-recipients.ts [--rcpts 1000 --domains 50 --messages 10 --rounds 3 --peer 1 --self 1]
 */
import { type Contender, drained } from "./rig/contender.ts";
import { startFairlead } from "./rig/fairlead.ts";
import { startPostfix } from "./rig/postfix.ts";
import { faults, median, question, type Rig, rounded, streamOf } from "./rig/question.ts";

interface Round {
  readonly lastMs: number;
  readonly acceptMs: number;
  readonly cpuUs: number;
  readonly ok: boolean;
}

async function round(rig: Rig, contender: Contender, number: number, count: number): Promise<Round> {
  const rcpts = rig.option("rcpts");
  const cpu = contender.meter.cpuUs();
  const report = await rig.load.run({
    port: contender.port,
    sink: rig.ports.sink,
    count,
    conc: 1,
    per: count,
    rcpts,
    domains: rig.option("domains"),
    pipeline: 1,
  });
  const left = await drained(contender, 20_000);
  const cpuUs = rounded((contender.meter.cpuUs() - cpu) / (count * rcpts));
  const stream = streamOf(report, "load");
  const wrong = [...faults(stream, count, rcpts), ...(left > 0 ? [`${left} left in the queue`] : [])];
  const one = { lastMs: rounded(stream.all_s * 1000), acceptMs: stream.start_accept_ms?.p50 ?? Number.NaN, cpuUs, ok: wrong.length === 0 };
  rig.print({
    name: contender.name,
    round: number,
    messages: count,
    rcpts,
    ok: one.ok,
    wrong,
    refusal: stream.first_refusal,
    last_delivery_ms: one.lastMs,
    accept_ms: one.acceptMs,
    cpu_us_delivery: cpuUs,
    deliveries_per_second: stream.delivery_rate,
    transactions: report.sink.messages,
    sink_sessions: report.sink.sessions,
    ...contender.meter.memory(),
  });
  return one;
}

async function measure(rig: Rig, contender: Contender): Promise<object> {
  await rig.load.run({
    port: contender.port,
    sink: rig.ports.sink,
    count: 3,
    conc: 1,
    per: 3,
    rcpts: rig.option("rcpts"),
    domains: rig.option("domains"),
    pipeline: 1,
  });
  const answers: Record<string, object> = {};
  for (const count of [1, rig.option("messages")]) {
    const rounds: Round[] = [];
    for (let i = 1; i <= rig.option("rounds"); i++) rounds.push(await round(rig, contender, i, count));
    const of = (field: "lastMs" | "acceptMs" | "cpuUs"): number => rounded(median(rounds.map((one) => one[field])));
    answers[`messages_${count}`] = {
      ok: rounds.every((one) => one.ok),
      last_delivery_ms: of("lastMs"),
      accept_ms: of("acceptMs"),
      cpu_us_delivery: of("cpuUs"),
    };
  }
  return answers;
}

await question(
  "A message to a thousand recipients: when does the last have it?",
  { rcpts: 1000, domains: 50, messages: 10, rounds: 3, peer: 1, self: 1 },
  async (rig) => {
    const medians: Record<string, object> = {};
    if (rig.option("self")) {
      await using fairlead = await startFairlead({ port: rig.ports.fairlead, sink: rig.ports.sink, parent: rig.folder });
      medians["fairlead"] = await measure(rig, fairlead);
    }
    if (rig.option("peer")) {
      const settings = { smtpd_recipient_limit: String(rig.option("rcpts")) };
      await using postfix = await startPostfix({
        port: rig.ports.postfix,
        relayhost: `[127.0.0.1]:${rig.ports.sink}`,
        parent: rig.folder,
        settings,
      });
      medians["postfix"] = await measure(rig, postfix);
    }
    rig.print({ final: true, medians });
  },
);
