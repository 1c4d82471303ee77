import { coverEvent } from "../../shared/agents/text/cover.ts";
import type { PaymentEvent } from "../../shared/contracts/event.ts";
import { readAgain } from "../../shared/providers/read-again.ts";

/**
 * What today's door reads in stored bytes: of what people wrote, those of before were not masked, and what is compared with them
 * is. What a provider signed is read as it is.
 */
export function readCovered(id: string, raw: string): PaymentEvent | null {
  const read = readAgain(id, raw);
  return read !== null && /^(?:api|standard):/.test(id) ? coverEvent(read).event : read;
}
