/**
 * From families of numbers to the text that Prometheus reads. prom-client writes it: what it is given is read at the
 * scrape, not kept in it, and it is loaded at the first scrape (docs/decisions says why).
 */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a histogram's lines: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string;
}

/** One metric with all its lines. */
export interface Family {
  readonly name: string;
  /** One line; no word of it may need escaping. */
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
}

/** The text format 0.0.4, with its final newline. */
export async function exposition(families: readonly Family[]): Promise<string> {
  const { Registry, Gauge } = await import("prom-client");

  /** A metric of any type whose lines were made elsewhere: prom-client asks it, names it, escapes it and writes it. */
  class Told extends Gauge {
    readonly #family: Family;

    constructor(family: Family) {
      super({ name: family.name, help: family.help, registers: [] });
      this.#family = family;
    }

    override async get() {
      const { name, type, samples } = this.#family;
      const own = await super.get();
      const values = samples.map(({ labels, value, suffix }) => ({ labels, value, metricName: `${name}${suffix ?? ""}` }));
      // The declarations promise an enum; the program has words ("counter"), and so have we.
      return { ...own, type: type as unknown as typeof own.type, values };
    }
  }

  const registry = new Registry();
  for (const family of families) registry.registerMetric(new Told(family));
  return await registry.metrics();
}

/** What the text is, for the answer's Content-Type. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";
