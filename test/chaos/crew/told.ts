import type { Acting } from "../ask.ts";
import type { Click, Member } from "./click.ts";
import type { Held } from "./held.ts";
import type { Matter } from "./matters.ts";
import type { Staff } from "./staff.ts";

/** What people did about one matter. Null: it never came so far. */
export type ToldMatter = Matter & {
  /** The stored id of what asked for it. */
  event: string | null;
  action: string | null;
  clicks: Click[];
  /** The stored ids of what came as an answer, by what it says. */
  answers: { event: string; text: string }[];
  /** The event of an approval that was planted. */
  forged: string | null;
};

export type Following = Acting & {
  staff: Staff;
  /** How far the stream is. */
  sent(): number;
  /** While it waits, nothing that people do is under way. */
  waiting<T>(what: Promise<T>): Promise<T>;
  held: Pick<Held, "until">;
  /** Cases that people have seen so far, the newest last. */
  seenCases: string[];
};

/** One act of a person about the case that was seen. */
export type Does = (member: Member, what: string, body: object, key?: string) => Promise<Click>;
