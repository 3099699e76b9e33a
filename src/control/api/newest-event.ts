/** The sequence of the newest event. */
import { turningPoint } from "../../base/turning-point.ts";
import { EVERYTHING } from "../../model/view.ts";
import type { NodeFace } from "./node-face.ts";

/** Sequences are dense, so some fifty look-ups by key find the last one; few, `from` one that was. */
export async function newestEvent(node: Pick<NodeFace, "events">, from = 0): Promise<number> {
  return await turningPoint(async (seq) => (await node.events(EVERYTHING, seq, 1)).length > 0, from);
}
