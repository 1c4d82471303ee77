#!/usr/bin/env node
/**
 * `npm run api`: writes docs/openapi.json from the routes of the console, and then the types of the command line's client from
 * it. Run it after a change of a route; tests compare both.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiDocument } from "./api/document.ts";

const ROOT = join(import.meta.dirname, "..");
const DOCUMENT = join(ROOT, "docs/openapi.json");
const text = `${JSON.stringify(await apiDocument(), null, 1)}\n`;
console.log(text === readFileSync(DOCUMENT, "utf8") ? "as it was  docs/openapi.json" : "written    docs/openapi.json");
writeFileSync(DOCUMENT, text);
