import type { CaseStanding } from "../../contracts/action.ts";
import type { PaymentEvent } from "../../contracts/event.ts";
import type { Failure } from "../../contracts/failure.ts";
import type { Ledger } from "../../contracts/ledger.ts";
import type { MatterKind, Matters } from "../../contracts/provider.ts";
import { ok, type Result } from "../../core/result.ts";
import type { Guardrails } from "../../policy/document.ts";
import type { Registration } from "../../providers/port.ts";
import type { Lookups } from "../lookups.ts";

/**
 * What a person's fact comes to. `none`: nobody has to do anything, which is recorded with the event alone, so that a later
 * event of the same matter is judged again. `standing`: of a fact that has a course, also where nobody has to do anything.
 */
export type Judged = { kind: "case" | "none"; reason: string; standing: CaseStanding | null };
export type Judging = Promise<Result<Judged, Failure>>;

/** `unreadWhy`: why the provider is not asked; null: it is. */
export type Asking = {
  event: PaymentEvent;
  provider: Registration;
  lookups: Lookups | null;
  unreadWhy: string | null;
  policy: Pick<Guardrails, "retry">;
  ledger: Pick<Ledger, "actionsOf" | "waitingRetries">;
  now: number;
};

export type Seen<K extends MatterKind> = { seen: Matters[K]; why?: undefined } | { seen: null; why: string };

/** What the provider has of it now, or why that is not known. A failure is tried again, as its disposition says. */
export async function seeMatter<K extends MatterKind>(
  { lookups, unreadWhy, provider }: Asking,
  kind: K,
  id: string | undefined,
): Promise<Result<Seen<K>, Failure>> {
  if (unreadWhy !== null) return ok({ seen: null, why: unreadWhy });
  if (id === undefined) return ok({ seen: null, why: "the event does not name it" });
  if (lookups === null) return ok({ seen: null, why: `nothing can be looked up at ${nameOf(provider)} from here` });
  const found = await lookups.matter(kind, id);
  if (!found.ok) return found;
  return ok(
    found.value === null
      ? { seen: null, why: `${nameOf(provider)} has no ${id} that can be read` }
      : { seen: found.value },
  );
}

export const nameOf = ({ name }: Registration): string => name.charAt(0).toUpperCase() + name.slice(1);

/** The newest counts: a read tells of now; an event that nobody could check, of when it says that it happened. */
export const momentOf = ({ event, now }: Asking, isRead: boolean): Pick<CaseStanding, "at" | "isRead"> =>
  isRead ? { at: now, isRead } : { at: event.occurredAt };

/**
 * What a matter with a course comes to at first sight. One that was read and asks for nobody is not kept, since it is read
 * again with its next event. One that was not read is kept, so that an older event does not open it again.
 */
export const judgedBy = (standing: CaseStanding, isOpening: boolean, isRead: boolean): Judged => ({
  kind: isOpening || !isRead ? "case" : "none",
  reason: standing.text,
  standing,
});
