import { unit } from "./dice.ts";

/** When and how the runtime is killed: a function of the seed, and of how much has settled. */
export type Kill = {
  /** As soon as so many events have settled… */
  atSettled: number;
  /** …and so much later. */
  afterMs: number;
  /** node and workerd at once; node alone, so that the next start has to end the orphan; workerd a little earlier. */
  who: "both" | "node" | "workerd_first";
};

export function planKills(seed: number, kills: number, events: number): Kill[] {
  return Array.from({ length: kills }, (_, nth): Kill => {
    const share = (nth + unit(seed, "kill", nth)) / kills;
    const who = unit(seed, "who", nth);
    return {
      atSettled: Math.max(1, Math.floor(events * (0.02 + 0.86 * share))),
      afterMs: Math.floor(unit(seed, "after", nth) * 250),
      who: who < 0.6 ? "both" : who < 0.8 ? "node" : "workerd_first",
    };
  });
}
