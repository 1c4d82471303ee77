import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../cli/workers.ts";

export type Block = { section: string; language: string; text: string };

/** The fenced blocks of a page, in order, each under the title of its section. */
export function blocksOf(file: string): Block[] {
  const text = readFileSync(join(repositoryRoot, file), "utf8");
  let section = "";
  return Array.from(text.matchAll(/^##+ (.+)$|^```(\w*)\n([\s\S]*?)^```$/gm)).flatMap(
    ([, title, language = "", body = ""]) => {
      if (title === undefined) return [{ section, language, text: body }];
      section = title;
      return [];
    },
  );
}

/** The commands of a block of shell, in order: a line that ends with a backslash goes on, and comments are left out. */
export function commandsOf(text: string): string[] {
  return text
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.replace(/(?:^|\s)#\s.*$/, "").trim())
    .filter((line) => line !== "");
}
