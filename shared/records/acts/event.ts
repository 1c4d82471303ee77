import { ACT_TYPE, type Act, type ActDetail, type ActName, actEventId } from "../../contracts/act.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { AcceptItem } from "../../contracts/ledger.ts";
import type { PersonRef } from "../../contracts/people.ts";
import { sha256Hex } from "../../core/hash.ts";
import type { Mode } from "../../core/ids.ts";
import { canonicalJson } from "../../core/json.ts";

/** What the act is about, where an event has a field for it: then whoever looks for that id finds the act. */
export type ActFields = Pick<
  PaymentEvent,
  "account" | "payment" | "charge" | "invoice" | "customer" | "subscription" | "dispute" | "refund"
>;

/** An act that a person wants recorded, as number `n` about this thing. */
export type WantedAct = {
  what: ActName;
  by: PersonRef;
  /** The id of a case, a letter, a person …: printable, without spaces, 200 characters at most. */
  about: string;
  n: number;
  key: string;
  before?: ActDetail;
  after?: ActDetail;
  /** What the person wrote, masked by the caller; null: nothing. */
  text: string | null;
  /** When the person acted, in epoch milliseconds. */
  at: number;
  /** The mode of the deployment, or of the row that it is about. */
  mode: Mode;
  fields?: ActFields;
  /** Acts that had a type of their own before keep it. */
  type?: "countersign.redrive" | "countersign.discard" | "countersign.hold" | "countersign.lift";
  /** Acts that had an id of their own before keep it. */
  id?: string;
};

/** The event of an act, with bytes that prove its words as long as they are kept: their sha256 is the act's `textHash`. */
export async function itemOfAct(wanted: WantedAct, salt: string = crypto.randomUUID()): Promise<AcceptItem> {
  const { what, by, about, n, key, before = {}, after = {}, text, at, mode, fields = {}, type = ACT_TYPE } = wanted;
  const raw = canonicalJson({ salt, text });
  const { id: person, name } = by;
  const act: Act = {
    what,
    by: { id: person, name },
    about,
    key,
    before,
    after,
    textHash: text === null ? null : await sha256Hex(raw),
  };
  const id = wanted.id ?? actEventId(about, n);
  const event: PaymentEvent = { ...fields, id, type, occurredAt: at, mode, lane: "live", act };
  return { event: text === null ? event : { ...event, text }, raw, provenance: "own" };
}

/** Whether these bytes are the words that the act has the hash of. */
export const provesText = async ({ textHash }: Pick<Act, "textHash">, raw: string): Promise<boolean> =>
  textHash !== null && (await sha256Hex(raw)) === textHash;
