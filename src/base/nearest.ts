/** "Did you mean …?": the known word a mistyped one is nearest to. */

/**
 * The known word within two edits (one for words of up to three letters), or one that `word` begins; the first of
 * several that are equally near. Undefined if none is: a wild guess helps nobody.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const low = word.toLowerCase();
  let best: string | undefined;
  let bestEdits = low.length <= 3 ? 2 : 3;
  for (const candidate of known) {
    const edits = low.length >= 2 && candidate.startsWith(low) ? 1 : editDistance(low, candidate.toLowerCase());
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits];
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(rows, i - 1, j - 1) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, at(rows, i - 2, j - 2) + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

function at(rows: readonly (readonly number[])[], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}
