/** Whether an order says what is in force already. */
import { unreachable } from "../../base/brand.ts";
import type { Override, OverrideChange, OverrideOrder } from "../../model/override.ts";

/**
 * Of the same decider, for the same reason; how long is another question. Of replies the class is compared: their words
 * hold times and numbers. Whoever calls has looked the scope up.
 */
export function isSame(stands: Override, order: OverrideOrder): boolean {
  return (
    stands.by.kind === order.by.kind &&
    stands.by.id === order.by.id &&
    stands.class === order.class &&
    (order.class !== undefined || stands.cause === order.cause) &&
    isSameChange(stands.change, order.change)
  );
}

/** Whether the order ends later. */
export function lasts(order: OverrideOrder, stands: Override): boolean {
  if (stands.until === undefined) return false;
  return order.until === undefined || order.until > stands.until;
}

function isSameChange(a: OverrideChange, b: OverrideChange): boolean {
  switch (a.is) {
    case "limit":
      return b.is === "limit" && a.limit === b.limit && a.setting.op === b.setting.op && a.setting.n === b.setting.n;
    case "pause":
      return b.is === "pause";
    case "reroute":
      return b.is === "reroute" && a.to === b.to;
    default:
      return unreachable(a);
  }
}
