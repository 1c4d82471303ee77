import { coverEvent, idsOf, maskJson, numberSentAsId } from "../../shared/agents/text/cover.ts";
import type { PaymentEvent } from "../../shared/contracts/event.ts";
import type { AcceptItem, ReceivedEvent } from "../../shared/contracts/ledger.ts";
import type { Provenance } from "../../shared/contracts/views.ts";
import type { KeyedHash } from "../../shared/core/keyed-hash.ts";

/**
 * What is stored of a delivery that nobody signed for a provider: every text in the event and in its bytes is masked. What
 * people wrote is remembered by a keyed hash, so that another text is not taken for the same one.
 */
export async function cover(
  { event: came, raw }: ReceivedEvent,
  provenance: Provenance,
  hash: KeyedHash,
): Promise<AcceptItem> {
  const { event, said } = coverEvent(came);
  const masked = maskJson(raw, idsOf(came));
  if (said === null) return { event, raw: masked, provenance };
  const contentHashes = await hash(said);
  return { event: { ...event, contentHash: contentHashes[0] }, raw: masked, provenance, contentHashes };
}

/** What is wrong with an event that nobody signed for a provider, for its sender, without the number; null where nothing is. */
export function refusalOf(event: PaymentEvent): string | null {
  const sent = numberSentAsId(event);
  return sent && `${sent.field}: is the number of ${sent.what}, which is not kept; send the id of what it belongs to`;
}
