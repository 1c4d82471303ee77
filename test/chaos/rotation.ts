import { generateGrantPair, type Keys } from "../../cli/stack/keys.ts";

/** `atMs`: when the first stack that knew it as retired was up. */
export type RetiredKey = { kid: string; atMs: number };

type PublicKey = { kid: string; publicKey: object; retired?: true };

/**
 * The grant keys of a run, which turn at restarts as the runbook has it: a new key signs and the old one stays valid beside
 * it; at the next turn the old one is retired, and what still carries it is to be granted anew.
 */
export function createKeyRing() {
  let signing = generateGrantPair("chaos");
  let known = publicKeysOf(signing);
  const retired: RetiredKey[] = [];
  const isRetired = (key: PublicKey): boolean => key.retired === true;
  return {
    keys: (): Partial<Keys> => ({
      GRANT_SIGNING_KEY: signing.GRANT_SIGNING_KEY,
      GRANT_PUBLIC_KEYS: JSON.stringify(known),
    }),
    turn(): "key_rotated" | "key_retired" {
      const [newest, ...older] = known;
      if (newest !== undefined && !older.every(isRetired)) {
        known = [newest, ...older.map((key): PublicKey => ({ ...key, retired: true }))];
        return "key_retired";
      }
      signing = generateGrantPair("chaos");
      known = [...publicKeysOf(signing), ...known];
      return "key_rotated";
    },
    /** A stack with these keys is up, and no older one is. */
    isUp(atMs: number): void {
      const news = known.filter((key) => isRetired(key) && retired.every(({ kid }) => kid !== key.kid));
      retired.push(...news.map(({ kid }) => ({ kid, atMs })));
    },
    retired: (): RetiredKey[] => retired,
  };
}
export type KeyRing = ReturnType<typeof createKeyRing>;

const publicKeysOf = ({ GRANT_PUBLIC_KEYS }: Pick<Keys, "GRANT_PUBLIC_KEYS">): PublicKey[] =>
  JSON.parse(GRANT_PUBLIC_KEYS) as PublicKey[];
