import type { Party } from "../contracts/heard.ts";
import { PROVIDERS } from "./registry.ts";

/** Of whom `/readyz` tells: Claude, each provider that is read or written to, and D1. */
export const PARTIES: readonly Party[] = [
  "claude",
  ...PROVIDERS.filter(({ reader, executor }) => reader !== null || executor !== null).map(({ name }) => name),
  "records",
];
