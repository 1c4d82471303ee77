import type { Listed } from "../mutation.ts";

const NAMES = "test/unit/console/names.test.ts";
const FOLDED = "test/unit/core/names.test.ts";

/** A name is one person's, and a key one request's. */
export const names: readonly Listed[] = [
  {
    name: "names-race",
    breaks: "Of several admins who add one name at once each adds somebody, and a command means one of them.",
    file: "workers/console/people/acts.ts",
    find: "putPerson(deps.records, row, isAdding(stands.event))",
    replace: "putPerson(deps.records, row)",
    tests: [NAMES],
  },
  {
    name: "lost-name-in-ledger",
    breaks: "Whoever lost a name is somebody with it again after a rebuild.",
    file: "workers/console/people/acts.ts",
    find: "if (holder !== null) return await takenBack(row, holder, wanted, stands.kind, deps);",
    replace: 'if (holder !== null) return { kind: "taken", by: holder };',
    tests: [NAMES],
  },
  {
    name: "name-left-out-of-rebuild",
    breaks: "A rebuild leaves out a person whose name somebody else has.",
    file: "shared/records/people.ts",
    find: "WHERE ?11 = 0 OR NOT ${isTaken}",
    replace: "WHERE ?11 = ?11 AND NOT ${isTaken}",
    tests: [NAMES],
  },
  {
    name: "look-alikes-are-two",
    breaks: "Beside ap2 there is another ap2, in letters of another script.",
    file: "shared/core/names.ts",
    find: "LOOKS_LIKE[char] ?? char",
    replace: "char",
    tests: [FOLDED, NAMES],
  },
  {
    name: "unseen-in-names",
    breaks: "A name has a character that nobody can see, and looks like another's.",
    file: "shared/core/names.ts",
    find: 'if (UNSEEN.test(name)) return "has a character that nobody can see";',
    replace: "",
    tests: [FOLDED, NAMES],
  },
  {
    name: "scripts-mixed",
    breaks: "A name has one look-alike among its letters.",
    file: "shared/core/names.ts",
    find: "name.split(/\\s+/u).some(mixesScripts)",
    replace: "false",
    tests: [FOLDED, NAMES],
  },
  {
    name: "name-of-first-admin",
    breaks: "Somebody acts under the name of the first admin.",
    file: "workers/console/people/change.ts",
    find: "nameKey(name) === nameKey(rules.first.name)",
    replace: "name === rules.first.id",
    tests: [NAMES],
  },
  {
    name: "id-as-a-name",
    breaks: "A case goes to whoever is named like somebody's id.",
    file: "workers/console/routes/case-work.ts",
    find: 'if (to.startsWith("person_")) {',
    replace: 'if (to === "person_") {',
    tests: [NAMES],
  },
  {
    name: "two-of-one-name",
    breaks: "Of two people who have one name a command takes whichever comes first.",
    file: "workers/console/routes/case-work.ts",
    find: "if (other !== undefined)",
    replace: "if (other === me)",
    tests: [NAMES],
  },
  {
    name: "person-key-used-again",
    breaks: "A request under a used key is answered as done, and was another one.",
    file: "workers/console/people/acts.ts",
    find: 'if (!isAskedIn(earlier.act) || !saysWhy(earlier, reason)) return { kind: "used" };',
    replace: "",
    tests: [NAMES],
  },
];
