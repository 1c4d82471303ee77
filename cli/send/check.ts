import type { PaymentEvent } from "../../shared/contracts/event.ts";
import { exportedHead, isExportedEvent } from "../../shared/contracts/exported-event.ts";
import { takeOwnEvent } from "../../shared/contracts/own-event.ts";
import { isSignedId } from "../../shared/core/ids.ts";
import { notJson, parseJson } from "../../shared/core/json.ts";
import { err, ok, type Result } from "../../shared/core/result.ts";

/** What is read of an event before it is sent. Of a provider's own event, money is read behind the door alone. */
export type Checked = Pick<PaymentEvent, "type"> & { money: { amountMinor: number; currency: string } | null };

const strict = new TextDecoder("utf-8", { fatal: true });

/**
 * What `POST /v1/events` says to a line, by the same schemas and in the same words. It does not look for numbers of cards that
 * stand as ids, which the door refuses as well.
 */
export function checkLine(bytes: Uint8Array): Result<Checked, string> {
  const text = decoded(bytes);
  if (text === null) return err("the line is not valid UTF-8: write the file in that encoding");
  const parsed = parseJson(text);
  if (!parsed.ok) return err(notJson(text, parsed.error));
  return checkEvent(parsed.value);
}

function checkEvent(value: unknown): Result<Checked, string> {
  if (isExportedEvent(value)) {
    const head = exportedHead(value);
    if (!head.ok) return head;
    return isSignedId(head.value.id)
      ? err("id: must not end with :signed")
      : ok({ type: head.value.type, money: null });
  }
  const read = takeOwnEvent(value, "api");
  if (!read.ok) return read;
  const { type, amountMinor, currency } = read.value;
  return ok({ type, money: amountMinor === undefined || currency === undefined ? null : { amountMinor, currency } });
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** The type of an event that was sent, for counting; null where the line says none. */
export function typeOf(bytes: Uint8Array): string | null {
  const parsed = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  const type = parsed.ok && parsed.value !== null ? (parsed.value as { type?: unknown }).type : null;
  return typeof type === "string" ? type : null;
}
