#!/usr/bin/env node
/**
 * `npm run client`: writes docs/openapi.json from the routes of the console, and the types of the command line's client from it.
 * Run it after a change of a route. Tests compare both.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientTypes } from "./api/client.ts";
import { apiDocument } from "./api/document.ts";

const ROOT = join(import.meta.dirname, "..");

function write(name: string, text: string): void {
  const file = join(ROOT, name);
  const isSame = existsSync(file) && readFileSync(file, "utf8") === text;
  if (!isSame) writeFileSync(file, text);
  console.log(`${isSame ? "as it was" : "written  "}  ${name}`);
}

const document = `${JSON.stringify(await apiDocument(), null, 1)}\n`;
write("docs/openapi.json", document);
write("cli/api/generated.d.ts", clientTypes(document));
