import type { AnyRoute } from "../route.ts";
import { AUDIT } from "./audit.ts";
import { CASES } from "./cases.ts";
import { DEAD_LETTERS } from "./dead-letters.ts";
import { DOCUMENT } from "./document.ts";
import { FIND } from "./find.ts";
import { HOLDS } from "./holds.ts";
import { OVERVIEW } from "./overview.ts";
import { PEOPLE } from "./people.ts";
import { POLICY } from "./policy.ts";
import { RECORDS } from "./records.ts";
import { REDACT } from "./redact.ts";

/** Every route of the operators' API. A fixed path stands before one with an id that it would fit. */
export const ROUTES: readonly AnyRoute[] = [
  ...OVERVIEW,
  ...FIND,
  ...CASES,
  ...DEAD_LETTERS,
  ...RECORDS,
  ...HOLDS,
  ...PEOPLE,
  ...AUDIT,
  ...REDACT,
  ...POLICY,
  ...DOCUMENT,
];
