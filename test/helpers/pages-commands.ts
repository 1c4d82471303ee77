import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../cli/workers.ts";
import { blocksOf, commandsOf } from "./readme.ts";

const OURS = "npx countersign ";

/** Each command of ours that a page tells people to run, in its blocks of shell and between backquotes, once. */
export function countersignCommands(...pages: string[]): string[] {
  const all = pages.flatMap((page) => {
    const blocks = blocksOf(page).filter(({ language }) => language === "sh");
    const prose = readFileSync(join(repositoryRoot, page), "utf8").replace(/^```[\s\S]*?^```$/gm, "");
    const inline = Array.from(prose.matchAll(/`(npx countersign [^`]+)`/g), ([, command = ""]) => command);
    return [...blocks.flatMap(({ text }) => commandsOf(text)), ...inline];
  });
  return [...new Set(all.filter((command) => command.startsWith(OURS)).map((command) => command.slice(OURS.length)))];
}

/** A command as a shell takes it apart: quotes keep words together. `into`: the file behind `>`. */
export function wordsOf(command: string): { words: string[]; into: string | null } {
  const parts = Array.from(
    command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
    ([, one, two, bare]) => one ?? two ?? bare ?? "",
  );
  const place = parts.indexOf(">");
  return place === -1 ? { words: parts, into: null } : { words: parts.slice(0, place), into: parts[place + 1] ?? null };
}
