import type { ActionRow } from "./row.ts";

/** Its executor is at it. */
export const isLeased = ({ state, leaseEndsAt }: ActionRow, now: number): boolean =>
  state === "in_flight" && leaseEndsAt !== null && now < leaseEndsAt;

export const holdsFence = (row: ActionRow, fence: number): boolean => row.state === "in_flight" && row.fence === fence;

/** Only the holder of the fence speaks for a leased action; without a fence one may, once the lease has ended. */
export function mayFail(row: ActionRow, fence: number | null, now: number): boolean {
  if (fence !== null) return holdsFence(row, fence);
  return row.state !== "in_flight" || row.leaseEndsAt === null || now >= row.leaseEndsAt;
}
