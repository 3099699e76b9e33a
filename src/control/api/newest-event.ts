/** The sequence of the newest event. */
import { EVERYTHING } from "../../model/view.ts";
import type { NodeFace } from "./node-face.ts";

/** Sequences are dense, so doubling and halving finds the last one in some fifty look-ups by key. */
export async function newestEvent(node: NodeFace): Promise<number> {
  const isAfter = async (seq: number): Promise<boolean> => (await node.events(EVERYTHING, seq, 1)).length > 0;
  let high = 1024;
  while (await isAfter(high)) high *= 2;
  let low = 0;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isAfter(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
