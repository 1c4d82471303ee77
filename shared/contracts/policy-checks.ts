/** What of a policy document contradicts something else in it: found once every field for itself is right. */
import { isObject } from "../core/json.ts";

/** A path names fields from the root: "guardrails.retry.declinedMax". Null where no number stands there. */
export function numberAt(document: unknown, path: string): number | null {
  let here: unknown = document;
  for (const name of path.split(".")) {
    if (!isObject(here) || !Object.hasOwn(here, name)) return null;
    here = here[name];
  }
  return typeof here === "number" ? here : null;
}

type Checked = {
  guardrails: { retry: { firstDelayMs: number; capMs: number } };
  publishing: { most: Readonly<Record<string, number>> };
};
export type Contradiction = { path: readonly string[]; message: string };

export function contradictionsIn(document: Checked): Contradiction[] {
  const { retry } = document.guardrails;
  const most = Object.entries(document.publishing.most).flatMap(([path, limit]): Contradiction[] => {
    const found = numberAt(document, path);
    if (found === null)
      return [{ path: ["publishing", "most"], message: `${path} leads to no number of the document` }];
    return found > limit ? [{ path: path.split("."), message: `at most ${limit}, as publishing.most says` }] : [];
  });
  return retry.firstDelayMs > retry.capMs
    ? [{ path: ["guardrails", "retry", "capMs"], message: "at least firstDelayMs" }, ...most]
    : most;
}
