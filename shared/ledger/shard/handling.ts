import type { Handling } from "../../contracts/ledger.ts";
import type { PolicyDocument } from "../../contracts/policy.ts";
import { UPGRADES, type UpgradeStep, upgraded } from "../../policy/upgrades.ts";

type Settings = { setting(name: string): string | null; saveSetting(name: string, value: string): void };

const SETTING = "handling";

/** A publication of an earlier release lacks what this one has added: the same steps as the gate's put it there. */
const inTodaysForm = ({ n, handling }: Handling, upgrades: readonly UpgradeStep[]): Handling => ({
  n,
  ...(upgraded({ handling }, upgrades).document as Pick<Handling, "handling">),
});

/** The shard's copy of what policy says of failures and waits: it is read once, and kept as publications bring it. */
export function createHandling(store: Settings, upgrades: readonly UpgradeStep[] = UPGRADES) {
  let known: Handling | null | undefined;
  function read(): Handling | null {
    if (known === undefined) {
      const stored = store.setting(SETTING);
      known = stored === null ? null : inTodaysForm(JSON.parse(stored) as Handling, upgrades);
    }
    return known;
  }
  return {
    /** Null: no publication has come here yet. */
    current: (): PolicyDocument["handling"] | null => read()?.handling ?? null,
    /** Answers the n that is kept. Publications may arrive in any order: the newest stands. */
    keep(given: Handling): number {
      const before = read();
      if (before !== null && before.n >= given.n) return before.n;
      store.saveSetting(SETTING, JSON.stringify(given));
      known = given;
      return given.n;
    },
    /** A transaction has failed: what is in memory may not be on disk. */
    forget(): void {
      known = undefined;
    },
  };
}
