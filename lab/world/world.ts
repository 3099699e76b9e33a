/** The simulated internet in virtual time: a day passes in seconds, and a run is repeated by its seed. */
import type { WallMs } from "../../src/base/clock.ts";
import { Internet, type InternetOptions } from "./internet.ts";
import { SimClock } from "./sim-clock.ts";

export { NAME_SERVERS, type Process } from "./internet.ts";

export class World extends Internet<SimClock> {
  constructor(seed: string, options: InternetOptions & { readonly start?: number } = {}) {
    super(seed, new SimClock((options.start ?? Date.UTC(2026, 2, 2, 9)) as WallMs), options);
  }
}
