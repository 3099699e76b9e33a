/** What the habits of a receiving operator share: its memory of senders, and the world around it. */
import type { WallMs } from "../../../src/base/clock.ts";
import type { Internet } from "../internet.ts";
import type { Letter } from "../letter.ts";
import type { Lists } from "../lists/lists.ts";
import type { Numbers } from "../numbers.ts";
import type { People } from "../people.ts";
import type { Post } from "../post.ts";
import type { Taken } from "../receivers.ts";
import type { Standing } from "../standing.ts";

/** What the world has, whoever receives in it. */
export interface Surroundings {
  readonly internet: Internet;
  readonly numbers: Numbers;
  readonly lists: Lists;
  readonly people: People;
  readonly post: Post;
  /** Called for each recipient's copy that a house takes. */
  readonly arrived?: ((arrival: Arrival) => void) | undefined;
  /** Where complaints about this sender go, for operators that report them; undefined: nowhere. */
  readonly feedbackTo: string | undefined;
}

/** A message at its recipient's house. */
export interface Arrival {
  readonly house: string;
  readonly messageId: string;
  readonly recipient: string;
  readonly at: WallMs;
  readonly junk: boolean;
}

export interface HouseCounts {
  inbox: number;
  junk: number;
  complaints: number;
  bounces: number;
}

export interface Premises extends Surroundings {
  readonly standing: Standing;
  readonly counts: HouseCounts;
  /** The house's name. */
  readonly house: string;
  /** Its first host: mail of its own leaves from there. */
  readonly host: { readonly name: string; readonly ip: string };
}

/** A message that somebody reported, and the address it came from. */
export interface Complaint {
  readonly ip: string;
  readonly recipient: string;
  readonly message: Taken;
  readonly letter: Letter;
}
