/**
 * A QR code (ISO/IEC 18004) of a short text: byte mode, error correction L, sizes 1 to 10, up to 271 octets. Enough for
 * an otpauth address; a library would bring forty modes for this one.
 */

/** By size: codewords in all, error correction codewords of a block, blocks, centres of alignment patterns. */
const SIZES: readonly (readonly [total: number, correction: number, blocks: number, centres: readonly number[]])[] = [
  [26, 7, 1, []],
  [44, 10, 1, [6, 18]],
  [70, 15, 1, [6, 22]],
  [100, 20, 1, [6, 26]],
  [134, 26, 1, [6, 30]],
  [172, 18, 2, [6, 34]],
  [196, 20, 2, [6, 22, 38]],
  [242, 24, 2, [6, 24, 42]],
  [292, 30, 2, [6, 26, 46]],
  [346, 18, 4, [6, 28, 50]],
];
const LEVEL_L = 0b01;

/** Rows from the top, true where dark; undefined where the text is too long. */
export function qrSquares(text: string): readonly (readonly boolean[])[] | undefined {
  const bytes = new TextEncoder().encode(text);
  const size = SIZES.findIndex(([total, correction, blocks], index) => bytes.length + (index < 9 ? 2 : 3) <= total - correction * blocks);
  const shape = SIZES[size];
  if (shape === undefined) return undefined;
  const bits = bitsOf(interleaved(dataWords(bytes, size, shape[0] - shape[1] * shape[2]), shape[1], shape[2]));
  const empty = new Canvas(size + 1, shape[3]);
  const drawn = Array.from({ length: 8 }, (_, mask) => empty.filled(bits, mask));
  return drawn.reduce((best, next) => (penalty(next) < penalty(best) ? next : best));
}

function dataWords(bytes: Uint8Array, size: number, room: number): number[] {
  const bits: number[] = [];
  const put = (value: number, count: number): void => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  put(0b0100, 4);
  put(bytes.length, size < 9 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, room * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const words: number[] = [];
  for (let i = 0; i < bits.length; i += 8) words.push(bits.slice(i, i + 8).reduce((word, bit) => word * 2 + bit, 0));
  for (let pad = 0xec; words.length < room; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

/** Blocks of nearly equal length, the longer ones last; their words and then their corrections take turns. */
function interleaved(words: readonly number[], correction: number, count: number): number[] {
  const short = Math.floor(words.length / count);
  const longer = words.length % count;
  const blocks: number[][] = [];
  for (let i = 0, at = 0; i < count; i++) {
    const length = short + (i >= count - longer ? 1 : 0);
    blocks.push(words.slice(at, at + length));
    at += length;
  }
  const corrections = blocks.map((block) => remainder(block, correction));
  const turns = (lists: readonly number[][]): number[] =>
    Array.from({ length: Math.max(...lists.map(({ length }) => length)) }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
  return [...turns(blocks), ...turns(corrections)];
}

/** In the field of 256 elements over x⁸ + x⁴ + x³ + x² + 1. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    if ((b >> bit) & 1) product ^= a;
  }
  return product;
}

/** Reed–Solomon: what is left of the words after division by (x − 1)(x − 2)(x − 4)… */
function remainder(words: readonly number[], degree: number): number[] {
  const divisor: number[] = Array.from({ length: degree }, (_, i) => (i === degree - 1 ? 1 : 0));
  for (let i = 0, root = 1; i < degree; i++, root = times(root, 2))
    for (let j = 0; j < degree; j++) divisor[j] = times(divisor[j] ?? 0, root) ^ (divisor[j + 1] ?? 0);
  const left = new Array<number>(degree).fill(0);
  for (const word of words) {
    const factor = word ^ (left.shift() ?? 0);
    left.push(0);
    for (let i = 0; i < degree; i++) left[i] = (left[i] ?? 0) ^ times(divisor[i] ?? 0, factor);
  }
  return left;
}

function bitsOf(words: readonly number[]): number[] {
  return words.flatMap((word) => Array.from({ length: 8 }, (_, i) => (word >> (7 - i)) & 1));
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** The square with everything on it that is not data. */
class Canvas {
  readonly #version: number;
  readonly #side: number;
  readonly #dark: boolean[][];
  readonly #fixed: boolean[][];

  constructor(version: number, centres: readonly number[]) {
    this.#version = version;
    this.#side = version * 4 + 17;
    const rows = (): boolean[][] => Array.from({ length: this.#side }, () => new Array<boolean>(this.#side).fill(false));
    this.#dark = rows();
    this.#fixed = rows();
    const last = this.#side - 1;
    for (let i = 0; i < this.#side; i++) {
      this.#set(this.#dark, 6, i, i % 2 === 0);
      this.#set(this.#dark, i, 6, i % 2 === 0);
    }
    for (const [x, y] of [
      [3, 3],
      [last - 3, 3],
      [3, last - 3],
    ] as const)
      this.#rings(x, y, 4, [2, 4]);
    for (const x of centres)
      for (const y of centres)
        if (!((x === 6 && (y === 6 || y === centres.at(-1))) || (y === 6 && x === centres.at(-1)))) this.#rings(x, y, 2, [1]);
    this.#format(this.#dark, 0); // keeps its place free
    this.#versionBits();
  }

  /** A square around a centre; rings at the named distances are light. */
  #rings(x: number, y: number, reach: number, light: readonly number[]): void {
    for (let dy = -reach; dy <= reach; dy++)
      for (let dx = -reach; dx <= reach; dx++) {
        const [column, row] = [x + dx, y + dy];
        if (column >= 0 && row >= 0 && column < this.#side && row < this.#side)
          this.#set(this.#dark, column, row, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
      }
  }

  #set(dark: boolean[][], x: number, y: number, value: boolean): void {
    const [row, fixed] = [dark[y], this.#fixed[y]];
    if (row === undefined || fixed === undefined) return;
    row[x] = value;
    fixed[x] = true;
  }

  #format(dark: boolean[][], mask: number): void {
    const data = (LEVEL_L << 3) | mask;
    let rest = data;
    for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    const bits = ((data << 10) | rest) ^ 0x5412;
    const bit = (i: number): boolean => ((bits >> i) & 1) === 1;
    const last = this.#side - 1;
    for (let i = 0; i < 6; i++) this.#set(dark, 8, i, bit(i));
    this.#set(dark, 8, 7, bit(6));
    this.#set(dark, 8, 8, bit(7));
    this.#set(dark, 7, 8, bit(8));
    for (let i = 9; i < 15; i++) this.#set(dark, 14 - i, 8, bit(i));
    for (let i = 0; i < 8; i++) this.#set(dark, last - i, 8, bit(i));
    for (let i = 8; i < 15; i++) this.#set(dark, 8, last - 14 + i, bit(i));
    this.#set(dark, 8, last - 7, true);
  }

  #versionBits(): void {
    if (this.#version < 7) return;
    let rest = this.#version;
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
    const bits = (this.#version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const [a, b] = [this.#side - 11 + (i % 3), Math.floor(i / 3)];
      this.#set(this.#dark, a, b, ((bits >> i) & 1) === 1);
      this.#set(this.#dark, b, a, ((bits >> i) & 1) === 1);
    }
  }

  /** The bits in their zigzag from the lower right, under one of the eight masks. */
  filled(bits: readonly number[], mask: number): boolean[][] {
    const dark = this.#dark.map((row) => [...row]);
    const flips = MASKS[mask] ?? (() => false);
    let next = 0;
    for (let right = this.#side - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let step = 0; step < this.#side; step++)
        for (const x of [right, right - 1]) {
          const y = ((right + 1) & 2) === 0 ? this.#side - 1 - step : step;
          const row = dark[y];
          if (row === undefined || this.#fixed[y]?.[x]) continue;
          row[x] = ((bits[next++] ?? 0) === 1) !== flips(x, y);
        }
    }
    this.#format(dark, mask);
    return dark;
  }
}

/** The standard's four complaints about a mask: runs, blocks, lookalikes of a corner, imbalance. */
function penalty(rows: readonly (readonly boolean[])[]): number {
  const columns = rows.map((_, x) => rows.map((row) => row[x] ?? false));
  let sum = 0;
  for (const line of [...rows, ...columns]) {
    const text = line.map((dark) => (dark ? "1" : "0")).join("");
    for (const [run] of text.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2;
    sum += 40 * [...text.matchAll(/(?=10111010000|00001011101)/g)].length;
  }
  for (let y = 1; y < rows.length; y++)
    for (let x = 1; x < rows.length; x++) {
      const here = rows[y]?.[x];
      if (here === rows[y]?.[x - 1] && here === rows[y - 1]?.[x] && here === rows[y - 1]?.[x - 1]) sum += 3;
    }
  const share = rows.flat().filter(Boolean).length / rows.length ** 2;
  return sum + Math.floor(Math.abs(share * 20 - 10)) * 10;
}
