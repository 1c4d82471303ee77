import type { PaymentEvent } from "../../contracts/event.ts";
import { type FactKey, type FactRowKey, factRowKey } from "../../core/ids.ts";

/** What is decided about an approval has a row of its own: the fact's own row keeps what was decided first. */
export const approvalKeyOf = (eventId: string): FactKey => `approval/${eventId}`;
export const approvalRowKey = ({ id, mode }: Pick<PaymentEvent, "id" | "mode">): FactRowKey =>
  factRowKey({ account: null, mode, factKey: approvalKeyOf(id) });
