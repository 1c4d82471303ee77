import type { Scene } from "../../../simulators/day/day.ts";
import { ACCOUNT_TALES } from "./accounts.ts";
import { CAPTURE_TALES, RENEWAL_TALES } from "./collecting.ts";
import { ONE_OFF_TALES } from "./one-offs.ts";
import { type PlantTale, tellPlants } from "./planted.ts";
import { REFUND_TALES } from "./refunds.ts";
import { sceneOf, type Tale } from "./tale.ts";

export { ACCOUNTS, TAKEN_AWAY } from "./accounts.ts";
export type { Asked, ControlCall, Deed, DeedKind, DoneDeed, Move, Sum, Tale } from "./tale.ts";

const TELLERS: readonly ((scene: Scene, turn: number) => Tale)[] = [
  ...REFUND_TALES,
  ...RENEWAL_TALES,
  ...CAPTURE_TALES,
  ...ONE_OFF_TALES,
  ...ACCOUNT_TALES,
];

/** Of each kind so many in a stream of 10,000, and at least one. */
const SHARE = 0.003;

export type Told = { tales: Tale[]; plants: PlantTale[] };

/** Each kind of tale, as often as the stream is long. Pure. */
export function tellTales(seed: number, startAt: number, events: number): Told {
  const scene = sceneOf(seed + 4, startAt, 60_000);
  const each = Math.max(1, Math.round(events * SHARE));
  return {
    tales: Array.from({ length: each }, (_, turn) => TELLERS.map((tell) => tell(scene, turn))).flat(),
    plants: tellPlants(sceneOf(seed + 5, startAt, 65_000), each),
  };
}
