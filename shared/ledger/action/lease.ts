import type { ActionRow } from "./row.ts";

/** An executor is working on it: its lease has not ended. */
export const isLeased = ({ state, leaseEndsAt }: ActionRow, now: number): boolean =>
  state === "in_flight" && leaseEndsAt !== null && now < leaseEndsAt;

export const holdsFence = (row: ActionRow, fence: number): boolean => row.state === "in_flight" && row.fence === fence;

/** Only the holder of the fence may fail a leased action; without a fence it may be failed once the lease has ended. */
export function mayFail(row: ActionRow, fence: number | null, now: number): boolean {
  if (fence !== null) return holdsFence(row, fence);
  return row.state !== "in_flight" || row.leaseEndsAt === null || now >= row.leaseEndsAt;
}
