/** Overrides of a node that keeps nothing: a simulated one, a test's. */
import type { Override } from "../../model/override.ts";
import type { OverrideTable } from "./overrides.ts";

export function memoryOverrides(): OverrideTable {
  const rows = new Map<number, Override>();
  return {
    load: async () => [...rows.values()].sort((a, b) => a.id - b.id),
    put: async (override) => void rows.set(override.id, override),
    forget: async (ids) => {
      for (const id of ids) rows.delete(id);
    },
  };
}
