/** For tests: what a walk says, as lines that can be compared, adjacent octets of a body joined. */
import { type MimePart, type MimeSink, MimeWalk } from "./mime.ts";

export interface Spoken {
  readonly events: readonly string[];
  /** Bodies by path and place, as they stood. */
  readonly bodies: ReadonlyMap<string, Buffer>;
  readonly parts: readonly MimePart[];
}

export function speak(message: Uint8Array, chunk: number | readonly number[] = message.length || 1): Spoken {
  const events: string[] = [];
  const bodies = new Map<string, Buffer>();
  const parts: MimePart[] = [];
  let open: { key: string; at: number; pieces: Buffer[] } | undefined;
  const flush = (): void => {
    if (open === undefined) return;
    const octets = Buffer.concat(open.pieces);
    events.push(`${open.key} at ${open.at}: ${octets.toString("latin1")}`);
    bodies.set(open.key, Buffer.concat([bodies.get(open.key) ?? Buffer.alloc(0), octets]));
    open = undefined;
  };
  const say = (text: string): void => (flush(), void events.push(text));
  const sink: MimeSink = {
    begin: (part) => (parts.push(part), say(`begin ${part.path} at ${part.headerAt} depth ${part.depth}`)),
    field: (part, field) =>
      say(`field ${part.path} at ${field.at} ${field.name}=${Buffer.from(field.value).toString("latin1")}${field.cut ? " cut" : ""}`),
    header: (part) =>
      say(
        `header ${part.path} body at ${part.bodyAt} ${part.media.type}/${part.media.subtype} ${part.encoding} ${part.holds} ${part.filename}`,
      ),
    body: (part, octets, at, place) => {
      const key = `${place} ${part.path}`;
      // An encoded message's own octets come between the events of what is inside, wherever the chunks end.
      if (part.holds === "message") return;
      if (open?.key !== key || open.at + open.pieces.reduce((sum, { length }) => sum + length, 0) !== at) flush();
      open ??= { key, at, pieces: [] };
      open.pieces.push(Buffer.from(octets));
    },
    end: (part, extent) => say(`end ${part.path} at ${extent.at} octets ${extent.octets} lines ${extent.lines}`),
    defect: (defect) => say(`defect ${defect.kind} ${defect.part.path} at ${defect.at}`),
  };
  const walk = new MimeWalk(sink);
  let from = 0;
  for (let i = 0; from < message.length; i++) {
    const size = typeof chunk === "number" ? chunk : (chunk[i % chunk.length] ?? 1);
    walk.push(Uint8Array.from(message.subarray(from, from + size)));
    from += size;
  }
  walk.end();
  flush();
  return { events, bodies, parts };
}
