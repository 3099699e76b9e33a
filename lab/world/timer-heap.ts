/** Pending calls by time, and by age where times are equal: the order is part of what a seed fixes. */
export interface Timer {
  readonly at: number;
  readonly order: number;
  /** Undefined once it was taken back. */
  then: (() => void) | undefined;
}

export class TimerHeap {
  readonly #heap: Timer[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest that was not taken back. */
  peek(): Timer | undefined {
    while (this.#heap[0] && this.#heap[0].then === undefined) this.#removeFirst();
    return this.#heap[0];
  }

  pop(): Timer | undefined {
    const first = this.peek();
    if (first) this.#removeFirst();
    return first;
  }

  push(timer: Timer): void {
    const heap = this.#heap;
    let i = heap.push(timer) - 1;
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = heap[up] as Timer;
      if (!before(timer, parent)) break;
      heap[i] = parent;
      i = up;
    }
    heap[i] = timer;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Timer;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && before(heap[down + 1] as Timer, heap[down] as Timer)) down++;
      if (!before(heap[down] as Timer, last)) break;
      heap[i] = heap[down] as Timer;
      i = down;
    }
    heap[i] = last;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
