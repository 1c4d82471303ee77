import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeTemporary } from "../../cli/temporary.ts";

/** A copy of the sources in which things may be broken. */
export type Workshop = {
  sources: string;
  /** For what tests leave behind: it goes with the workshop. */
  temporary: string;
  read(file: string): Promise<string>;
  write(file: string, text: string): Promise<void>;
  close(): Promise<void>;
};

const LEFT_OUT = new Set(["node_modules", "dist", "coverage"]);
/** A test reads what git ignores. */
const isSource = (name: string): boolean => name === ".gitignore" || (!name.startsWith(".") && !LEFT_OUT.has(name));

/** The sources are copied, the packages linked one by one: what tools cache beside them stays in the copy. */
export async function openWorkshop(root: string): Promise<Workshop> {
  const { path: home, remove } = await makeTemporary("mutations");
  const sources = join(home, "sources");
  const temporary = join(home, "tmp");
  const close = async () => remove();
  try {
    await Promise.all([mkdir(temporary), mkdir(join(sources, "node_modules"), { recursive: true })]);
    const kept = (await readdir(root)).filter(isSource);
    await Promise.all(kept.map((name) => cp(join(root, name), join(sources, name), { recursive: true })));
    const packages = (await readdir(join(root, "node_modules"))).filter(
      (name) => name === ".bin" || !name.startsWith("."),
    );
    await Promise.all(
      packages.map((name) => symlink(join(root, "node_modules", name), join(sources, "node_modules", name))),
    );
  } catch (error) {
    await close();
    throw error;
  }
  return {
    sources,
    temporary,
    read: (file) => readFile(join(sources, file), "utf8"),
    write: (file, text) => writeFile(join(sources, file), text),
    close,
  };
}
