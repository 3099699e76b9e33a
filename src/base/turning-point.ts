/** Where an ordered row changes that can only be asked about one place at a time: the end of a journal, an hour ago in it. */

/**
 * The first whole number from `from` on that `isBefore` does not hold of, where it holds of all below that one and of none
 * above. By doubling and halving: some fifty questions for a number however large, in few of them for one near `from`.
 */
export async function turningPoint(isBefore: (n: number) => Promise<boolean>, from = 0): Promise<number> {
  if (!(await isBefore(from))) return from;
  let step = 1024;
  while (await isBefore(from + step)) step *= 2;
  let [low, high] = [from + 1, from + step];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
