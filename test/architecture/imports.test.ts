import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const HOUSE = ["shared", "workers", "cli", "simulators", "bench", "test", "tools"];

type Import = { from: string; to: string };

const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"));

/** Every relative import of a file, static, dynamic or re-exported, types included, as paths from the root. */
function importsOf(file: string, source = readFileSync(join(ROOT, file), "utf8")): Import[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)["'](\.[^"']*)["']/gm;
  return Array.from(source.matchAll(pattern), ([, path = ""]) => ({
    from: file,
    to: normalize(join(dirname(file), path)),
  }));
}

const imports = HOUSE.flatMap(filesIn).flatMap((file) => importsOf(file));
const said = (list: readonly Import[]): string[] => list.map(({ from, to }) => `${from} → ${to}`);

/** From the ground up; rooms of one floor do not import each other. */
const FLOORS: readonly (readonly string[])[] = [
  ["shared/core"],
  ["shared/contracts"],
  ["shared/http", "shared/policy"],
  [
    "shared/agents",
    "shared/audit",
    "shared/gate",
    "shared/grant",
    "shared/ledger",
    "shared/providers",
    "shared/queue",
    "shared/records",
  ],
  ["shared/decision", "shared/execution"],
];
/** Data, not code: the console serves it as it stands. */
const SERVED = "docs/openapi.json";
const WORKER_FLOOR = FLOORS.length;
const ENTRY_FLOOR = WORKER_FLOOR + 1;

/** Where a file lives: its room (what may be imported freely) and the floor that the room is on. */
function placeOf(file: string): { room: string; floor: number } {
  const [top = "", name = ""] = file.split("/");
  if (top === "workers") {
    return { room: `${top}/${name}`, floor: file === `workers/${name}/index.ts` ? ENTRY_FLOOR : WORKER_FLOOR };
  }
  const room = top === "shared" ? `${top}/${name}` : top;
  return { room, floor: FLOORS.findIndex((rooms) => rooms.includes(room)) };
}

describe("the floors of the house", () => {
  it("have a place for every file of shared/", () => {
    const homeless = filesIn("shared").filter((file) => placeOf(file).floor === -1);
    expect(homeless).toEqual([]);
  });

  it("are climbed by no import: each goes down, or stays in its room", () => {
    const wrong = imports.filter(({ from, to }) => {
      if (!from.startsWith("shared/") && !from.startsWith("workers/")) return false;
      if (to === SERVED) return false;
      if (!to.startsWith("shared/") && !to.startsWith("workers/")) return true;
      const [here, there] = [placeOf(from), placeOf(to)];
      return here.room === there.room ? there.floor > here.floor : there.floor >= here.floor;
    });
    expect(said(wrong)).toEqual([]);
  });

  it("keep the Workers apart", () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        from.startsWith("workers/") && to.startsWith("workers/") && placeOf(from).room !== placeOf(to).room,
    );
    expect(said(wrong)).toEqual([]);
  });

  it("let the core import nothing", () => {
    expect(
      said(imports.filter(({ from, to }) => from.startsWith("shared/core/") && !to.startsWith("shared/core/"))),
    ).toEqual([]);
  });
});

/** The files of a cycle of imports, in order; null where there is none. Types count: a cycle of them is one of thoughts. */
function cycleAmong(list: readonly Import[]): string[] | null {
  const targetsByFile = new Map<string, string[]>();
  for (const { from, to } of list) targetsByFile.set(from, [...(targetsByFile.get(from) ?? []), to]);
  const done = new Set<string>();
  const path: string[] = [];
  function visit(file: string): string[] | null {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    path.push(file);
    for (const target of targetsByFile.get(file) ?? []) {
      const cycle = visit(target);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(file);
    return null;
  }
  for (const file of targetsByFile.keys()) {
    const cycle = visit(file);
    if (cycle !== null) return cycle;
  }
  return null;
}

describe("cycles", () => {
  it("do not exist: no file imports itself by way of others", () => {
    expect(cycleAmong(imports)).toBeNull();
  });

  it("are found where they are", () => {
    const cyclic = [
      { from: "a", to: "b" },
      { from: "b", to: "c" },
      { from: "c", to: "b" },
    ];
    expect(cycleAmong(cyclic)).toEqual(["b", "c", "b"]);
  });
});

describe("the outbuildings", () => {
  it("simulators/ import nothing of ours", () => {
    const wrong = imports.filter(({ from, to }) => from.startsWith("simulators/") && !to.startsWith("simulators/"));
    expect(said(wrong)).toEqual([]);
  });

  it("cli/ imports core and contracts of the house, and boots simulators", () => {
    const mayUse = ["cli/", "simulators/", "shared/core/", "shared/contracts/"];
    const wrong = imports.filter(
      ({ from, to }) => from.startsWith("cli/") && !mayUse.some((room) => to.startsWith(room)),
    );
    expect(said(wrong)).toEqual([]);
  });

  it("nothing of the product imports test/, bench/ or tools/", () => {
    const product = ["shared/", "workers/", "cli/", "simulators/"];
    const wrong = imports.filter(
      ({ from, to }) => product.some((room) => from.startsWith(room)) && /^(?:test|bench|tools)\//.test(to),
    );
    expect(said(wrong)).toEqual([]);
  });
});

describe("the reading of imports", () => {
  it("sees every way of importing", () => {
    const source = `import a from "./a.ts";\nimport type { B } from '../b.ts';\nexport * from "./c.ts";\nconst d = await import("./d.ts");\nimport "./e.ts";\nimport {\n  f,\n} from "./f.ts";`;
    expect(importsOf("shared/x/y.ts", source).map(({ to }) => to)).toEqual([
      "shared/x/a.ts",
      "shared/b.ts",
      "shared/x/c.ts",
      "shared/x/d.ts",
      "shared/x/e.ts",
      "shared/x/f.ts",
    ]);
  });

  it("finds the house", () => {
    expect(imports.length).toBeGreaterThan(200);
  });
});
