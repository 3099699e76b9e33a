/** The client's side of SMTP, one line at a time: for simulated servers that hand mail over, and for receivers that ask back. */
import type { Clock } from "../../src/base/clock.ts";
import type { Pipe } from "../../src/base/network.ts";

/** RFC 5321 §4.5.3.2: no reply takes longer than this. */
const PATIENCE_MS = 10 * 60_000;

/** Asks and waits, one line at a time. */
export class Dialogue {
  readonly #pipe: Pipe;
  readonly #clock: Clock;
  #input = "";
  #waiting: ((reply: string | undefined) => void) | undefined;
  broken = false;

  constructor(pipe: Pipe, clock: Clock) {
    this.#pipe = pipe;
    this.#clock = clock;
    const broke = (): void => {
      this.broken = true;
      this.#answer(undefined);
    };
    pipe.open({
      data: (bytes) => {
        this.#input += Buffer.from(bytes).toString("latin1");
        const whole = /^(?:\d{3}-[^\n]*\n)*\d{3}[ \r][^\n]*\n/.exec(this.#input)?.[0];
        if (whole === undefined) return;
        this.#input = this.#input.slice(whole.length);
        this.#answer(whole.trim());
      },
      drain: () => {},
      end: broke,
      close: broke,
    });
  }

  /** The next reply; undefined if the connection broke or nothing came. */
  reply(): Promise<string | undefined> {
    if (this.broken) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const cancel = this.#clock.after(PATIENCE_MS, () => this.#pipe.destroy());
      this.#waiting = (reply) => {
        cancel();
        resolve(reply);
      };
    });
  }

  ask(line: string): Promise<string | undefined> {
    this.#pipe.write(Buffer.from(`${line}\r\n`));
    return this.reply();
  }

  /** Says this, and a second later the machine is gone. */
  async die(lastWords: string): Promise<void> {
    this.#pipe.write(Buffer.from(lastWords));
    await this.#clock.sleep(1_000);
    this.#pipe.destroy();
    this.broken = true;
  }

  #answer(reply: string | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(reply);
  }
}
