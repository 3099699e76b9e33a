/**
 * How many messages a second does the relay take, sync, and hand on; how much CPU does one cost; how long does one wait?
 *
 * Hypothesis: at least five times Postfix's rate at no more than a fifth of its CPU, with one and with 100 messages a
 * session; p99 from acceptance to delivery at half that rate ≤ 30 ms. Most of the cost is the kernel's (sockets, one
 * sync for many messages), so a process that batches commits and reuses connections wins by the number of system calls.
 *
 * Postfix stands beside it in the same run: rounds alternate, source and sink are the same, both sync before the 250.
 * Warm-up: 2,000 messages each, not counted (the JIT's share; Postfix starts its processes in it). A round counts only if
 * every message was accepted and came exactly once and whole, and the queue was empty after it.
 *
 * Usage: node bench/relay.ts [--count 6000 --rounds 5 --conc 20 --per 1 --size 5120 --peer 1 --half 0.5]
 */
import type { Contender } from "./rig/contender.ts";
import { startFairlead } from "./rig/fairlead.ts";
import { startPostfix } from "./rig/postfix.ts";
import { note, question, rounded } from "./rig/question.ts";
import { measure, middle, type Round } from "./rig/round.ts";

await question(
  "How fast, how dear, how late is a relayed message beside Postfix?",
  { count: 6000, rounds: 5, conc: 20, per: 1, size: 5120, warm: 2000, half: 0.5, peer: 1, self: 1 },
  async (rig) => {
    const contenders: Contender[] = [];
    if (rig.option("self"))
      contenders.push(rig.stack.use(await startFairlead({ port: rig.ports.fairlead, sink: rig.ports.sink, parent: rig.folder })));
    if (rig.option("peer"))
      contenders.push(
        rig.stack.use(await startPostfix({ port: rig.ports.postfix, relayhost: `[127.0.0.1]:${rig.ports.sink}`, parent: rig.folder })),
      );
    const rounds = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
    for (const { name, port } of contenders) {
      note(`warming up ${name}`);
      await rig.load.run({
        port,
        sink: rig.ports.sink,
        count: rig.option("warm"),
        size: rig.option("size"),
        conc: rig.option("conc"),
        per: rig.option("per"),
      });
    }
    for (let i = 1; i <= rig.option("rounds"); i++) {
      for (const contender of contenders) rounds.get(contender.name)?.push(await measure(rig, contender, i, rig.option("count"), 0));
    }
    const medians = Object.fromEntries([...rounds].map(([name, list]) => [name, middle(list)]));
    const [ours, theirs] = [medians["fairlead"], medians["postfix"]];
    const ratios =
      ours && theirs
        ? {
            ratio_delivery: rounded(ours.delivery_rate / theirs.delivery_rate),
            ratio_inject: rounded(ours.inject_rate / theirs.inject_rate),
            ratio_cpu: rounded(ours.cpu_us_message / theirs.cpu_us_message),
          }
        : {};
    const first = contenders[0];
    const rate = (medians[first?.name ?? ""]?.delivery_rate ?? 0) * rig.option("half");
    const half = first && rate > 0 ? await measure(rig, first, 0, Math.max(1000, Math.round(rate * 5)), rate) : null;
    const ok = [...rounds.values()].flat().every((round) => round.ok);
    rig.print({
      final: true,
      ok,
      cpu_by: first?.meter.by,
      medians,
      ...ratios,
      half: half && { name: half.name, offered_rate: rounded(rate), p99_ms: half.p99_ms, ok: half.ok },
    });
  },
);
