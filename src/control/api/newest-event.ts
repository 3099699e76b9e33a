/** The sequence of the newest event. */
import { EVERYTHING } from "../../model/view.ts";
import type { NodeFace } from "./node-face.ts";

/** Sequences are dense, so doubling and halving finds the last one in some fifty look-ups by key; in few, `from` one that was. */
export async function newestEvent(node: Pick<NodeFace, "events">, from = 0): Promise<number> {
  const isAfter = async (seq: number): Promise<boolean> => (await node.events(EVERYTHING, seq, 1)).length > 0;
  if (!(await isAfter(from))) return from;
  let step = 1024;
  while (await isAfter(from + step)) step *= 2;
  let [low, high] = [from + 1, from + step];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isAfter(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
