import { DAY_MS } from "../../../shared/core/time.ts";
import { ask } from "./question.ts";
import type { Seen } from "./shown.ts";
import type { Does, Following, ToldMatter } from "./told.ts";

/** Within the time that policy gives a refund, and far enough that no clock of the storm has passed it. */
const ASIDE_MS = 2 * DAY_MS;

/**
 * What people do with a case beside deciding it. Whoever has the answer gives it, and the case is put aside; or somebody outside
 * does, who brings it to the front whenever that arrives.
 */
export async function workOn(told: ToldMatter, { caseId }: Seen, does: Does, following: Following): Promise<void> {
  const { rea, dov } = following.staff;
  const words = (what: string) => `chaos: ${what} about matter ${told.nth}`;
  await does(rea, "note", { text: words("a note") });
  const other = following.seenCases.find((one) => one !== caseId);
  if (other !== undefined) await does(rea, "link", { other });
  await does(rea, "ask", { text: words("a question") });
  await does(rea, "assign", { to: "me" });
  if (told.plan === "worked") {
    await does(dov, "answer", { text: words("an answer") });
    await does(rea, "snooze", { until: Date.now() + ASIDE_MS });
    return;
  }
  const text = words("an answer from outside");
  const question = { door: "requests", body: JSON.stringify({ message: text, case: caseId }) } as const;
  const event = await ask(question, `chaos-answer-${told.nth}`, following);
  if (event !== null) told.answers.push({ event, text });
}
