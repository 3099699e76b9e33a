/** What attempts teach about recipients, on its way to the suppression list (R17). */
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { isExact, providerOf } from "../../mail/replies/replies.ts";
import type { QueuedDelivery } from "../../model/delivery.ts";
import type { Diagnosis } from "../../model/diagnosis.ts";
import type { Suppression } from "../../store/suppression/suppression.ts";

/** Who remembers addresses that do not exist. Never waited for. */
export interface RecipientMemory {
  worked(delivery: QueuedDelivery): void;
  failed(delivery: QueuedDelivery, diagnosis: Diagnosis, host: string, said: string): void;
}

/** A reading less sure than this teaches nothing. */
const SURE = 0.8;

export const NO_MEMORY: RecipientMemory = { worked: () => {}, failed: () => {} };

export function memoryOf(suppression: Suppression, clock: Clock, log: Log): RecipientMemory {
  return {
    worked: ({ tenant, address }) => suppression.worked(tenant, address),
    failed: ({ tenant, address, ref }, diagnosis, host, said) => {
      const why = diagnosis.class;
      if ((why !== "badrcpt" && why !== "suspended") || diagnosis.confidence < SURE || !diagnosis.permanent) return;
      const provider = providerOf(host);
      const exact = provider !== undefined && isExact(provider.key);
      void suppression
        .failed({ tenant, address, why, exact, detail: said, message: ref.message, at: clock.wall() })
        .catch((thrown: unknown) => log("warn", "a failed recipient was not remembered", { why: String(thrown) }));
    },
  };
}
