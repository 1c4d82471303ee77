import type { Click } from "./crew/click.ts";
import type { ToldMatter } from "./crew/told.ts";
import type { Evidence } from "./evidence.ts";
import { type Broken, broken } from "./invariants.ts";

const say = broken("unaccounted");

/** What people were told was done is in the audit and in the database; and an approval that was planted is told of. */
export function actsBroken(evidence: Evidence): Broken[] {
  const { acts, people } = evidence;
  const { matters, policy } = acts.crew;
  const clicks = [...matters.flatMap((one) => one.clicks), ...policy];
  return [
    ...people.findings.map((finding) => say(null, `the audit: ${finding}`)),
    ...unaudited(clicks, evidence),
    ...matters.flatMap((matter) => [...unkept(matter, evidence), ...plantedUntold(matter, evidence)]),
  ];
}

/** The act's event has the key of the request; however often it was sent, it was done once. */
function unaudited(clicks: readonly Click[], { people, traces }: Evidence): Broken[] {
  const nameOf = ({ by, key }: { by: string; key: string }) => `${by} ${key}`;
  const kept = Map.groupBy(people.audit, ({ event, by }) =>
    nameOf({ by: by.name, key: traces.get(event)?.event.event.act?.key ?? "no key" }),
  );
  const done = new Map(clicks.filter(({ status }) => status === 200).map((one) => [nameOf(one), one]));
  return [...done].flatMap(([name, { by, path, key }]) => {
    const count = kept.get(name)?.length ?? 0;
    const entries = count === 0 ? "no entry" : `${count} entries`;
    return count === 1 ? [] : [say(null, `${by} did ${path} (${key}), and the audit has ${entries} of it`)];
  });
}

function unkept({ action, clicks, subject }: ToldMatter, evidence: Evidence): Broken[] {
  const { acts, people } = evidence;
  const kept = action === null ? undefined : people.cases.get(action);
  if (kept === undefined) return [];
  const idOf = (name: string) => acts.crew.people.find((one) => one.name === name)?.id ?? null;
  return clicks
    .filter(({ status }) => status === 200)
    .flatMap(({ by, path, key, value }) => {
      const wrong = (what: string) => [say(action, `${by} did ${path} about ${subject}, and the case has ${what}`)];
      if (path.endsWith("/assign")) return kept.owner === idOf(by) ? [] : wrong(`the owner ${kept.owner}`);
      const { kind, code } = (value ?? {}) as { kind?: string; code?: string };
      if (kind !== "denied" && kind !== "closed") return [];
      if (isMisdated(key, kept.openedAt, evidence)) return [];
      return kept.state === kind && kept.code === code
        ? []
        : wrong(`${kept.state} (${kept.code}) by ${kept.decidedBy}`);
    });
}

/**
 * Clocks of Workers are minutes apart here: what one has dated before another has opened the case, the database takes for a
 * decision about an earlier opening. The row has it all the same.
 */
const isMisdated = (key: string, openedAt: number, { people, traces }: Evidence): boolean =>
  people.audit.some(({ event }) => {
    const act = traces.get(event)?.event.event;
    return act?.act?.key === key && act.occurredAt < openedAt;
  });

/** It ends as a case of its own, and says that the console has not signed it. */
function plantedUntold({ forged }: ToldMatter, { traces, actions }: Evidence): Broken[] {
  if (forged === null) return [];
  const trace = traces.get(forged);
  const outcome = trace?.event.outcome;
  // What has not ended is lost, and said there.
  if (trace === null || trace === undefined || !trace.terminal) return [];
  const view = outcome?.kind === "action" ? actions.get(outcome.actionId) : undefined;
  return view?.action.kind === "escalate" && view.state === "case_open"
    ? []
    : [say(forged, `${forged} was planted, and no case tells of it (${outcome?.reason ?? "no outcome"})`)];
}
