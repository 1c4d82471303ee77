/** Memory that is shared by bodies whose senders nobody has recognised yet. False: there is none left. */
export type Room = { take(bytes: number): boolean; give(bytes: number): void };

/**
 * An isolate has 128 MB. Bodies that must be read before their signature can be checked may have this much of it together,
 * twice over while they grow: 1 MB each from 200 senders who then wait would be all of it.
 */
export const UNRECOGNISED_BYTES = 16_777_216;

export function createRoom(mostBytes: number = UNRECOGNISED_BYTES): Room {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > mostBytes) return false;
      taken += bytes;
      return true;
    },
    give(bytes) {
      taken -= bytes;
    },
  };
}
