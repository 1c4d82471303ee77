import { generateGrantPair, type Keys } from "../../cli/stack/keys.ts";

/** `atMs`: when the first stack that knew it as retired, or revoked, was up. */
export type RetiredKey = { kid: string; atMs: number };

type PublicKey = { kid: string; publicKey: object; retired?: true; revoked?: true };

/** At this turn the old key is taken for stolen instead: what it signed and is not done is a person's. */
const REVOKED_AT = 1;

/**
 * The grant keys of a run, which turn at restarts as the runbook has it: a new key signs and the old one stays valid beside
 * it; at the next turn the old one is retired, and what still carries it is to be granted anew. Once the
 * old one is revoked, and what still carries it is a person's.
 */
export function createKeyRing() {
  let signing = generateGrantPair("chaos");
  let known = publicKeysOf(signing);
  const retired: RetiredKey[] = [];
  const revoked: RetiredKey[] = [];
  let turns = 0;
  const isOld = (key: PublicKey): boolean => key.retired === true || key.revoked === true;
  /** Told once, by the first stack that knows it. */
  const noteNews = (told: RetiredKey[], keys: readonly PublicKey[], atMs: number): void => {
    const news = keys.filter(({ kid }) => told.every((one) => one.kid !== kid));
    told.push(...news.map(({ kid }) => ({ kid, atMs })));
  };
  return {
    keys: (): Partial<Keys> => ({
      GRANT_SIGNING_KEY: signing.GRANT_SIGNING_KEY,
      GRANT_PUBLIC_KEYS: JSON.stringify(known),
    }),
    turn(): "key_rotated" | "key_retired" | "key_revoked" {
      const [newest, ...older] = known;
      const turn = turns++;
      if (newest !== undefined && !older.every(isOld)) {
        const how = turn === REVOKED_AT ? "revoked" : "retired";
        known = [newest, ...older.map((key): PublicKey => (isOld(key) ? key : { ...key, [how]: true }))];
        return `key_${how}`;
      }
      signing = generateGrantPair("chaos");
      known = [...publicKeysOf(signing), ...known];
      return "key_rotated";
    },
    /** A stack with these keys is up, and no older one is. */
    isUp(atMs: number): void {
      noteNews(
        retired,
        known.filter((key) => key.retired === true),
        atMs,
      );
      noteNews(
        revoked,
        known.filter((key) => key.revoked === true),
        atMs,
      );
    },
    retired: (): RetiredKey[] => retired,
    revoked: (): RetiredKey[] => revoked,
  };
}
export type KeyRing = ReturnType<typeof createKeyRing>;

const publicKeysOf = ({ GRANT_PUBLIC_KEYS }: Pick<Keys, "GRANT_PUBLIC_KEYS">): PublicKey[] =>
  JSON.parse(GRANT_PUBLIC_KEYS) as PublicKey[];
