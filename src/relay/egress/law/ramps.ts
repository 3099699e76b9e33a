/**
 * How fast each receiver gets used to a new address. A row is a start and a factor: the ceiling of the first day, and by
 * how much it grows after a day that was used and went well.
 *
 * Published plans agree on the shape and differ on the figures: senders' guides begin with 50 to 200 messages a day and
 * double them, reaching some 20,000 after a week and 250,000 after two (read 2026). A guide that goes by receiver lets
 * Gmail take 5, 40, 75 and 100 % of a sender's mail on days 1, 7, 14 and 30, Outlook 1, 10, 30 and 90 %, Yahoo 1, 5, 15 and
 * 70 %, iCloud 0.5, 3, 8 and 50 % (read 2026): factors of 1.2 to 1.5 a day in the first two weeks. Microsoft's own pages say
 * that a new address is fully used to after some weeks. We take the guides' starts, and factors between the two kinds.
 */

export interface Ramp {
  /** Messages on the first day. */
  readonly start: number;
  /** From one day to the next. */
  readonly growth: number;
  /** A ceiling as high as this is none any more: the address is warm there. */
  readonly enough: number;
}

/** What is not a provider of its own here: all other receivers, counted together. */
export const OTHERS = "others";

const RAMPS: Readonly<Record<string, Ramp>> = {
  google: { start: 200, growth: 1.8, enough: 200_000 },
  outlook: { start: 100, growth: 1.5, enough: 100_000 },
  microsoft365: { start: 100, growth: 1.5, enough: 100_000 },
  yahoo: { start: 100, growth: 1.5, enough: 100_000 },
  apple: { start: 50, growth: 1.5, enough: 50_000 },
};
/** Of a provider without a row: careful, for little is known of it. */
const USUAL: Ramp = { start: 100, growth: 1.5, enough: 50_000 };
/** Thousands of receivers, none of which sees much. */
const OF_OTHERS: Ramp = { start: 500, growth: 2, enough: 200_000 };

/** `provider` is a provider's key, or `OTHERS`. */
export function rampOf(provider: string): Ramp {
  return provider === OTHERS ? OF_OTHERS : (RAMPS[provider] ?? USUAL);
}
