/** A command as people start it, and how it is interrupted. */
export type Scene = {
  name: string;
  /** After `npm`. */
  args: readonly string[];
  /** To all processes of the terminal's foreground group, as Ctrl-C does; or to npm alone, as `kill` does. */
  to: "group" | "npm";
  signal: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGKILL";
  /** The same again, so many milliseconds later. */
  againAfterMs?: number;
  /** What it prints once it is up. */
  isUp: RegExp;
};

const start = { args: ["start"], isUp: /^ready/m } as const;
const demo = { args: ["run", "demo", "--", "--events", "3000"], isUp: /sending/ } as const;
const chaos = { args: ["run", "chaos", "--", "--events", "2000"], isUp: /storm/ } as const;
const bench = { args: ["run", "bench", "--", "--rounds", "3"], isUp: /bare/ } as const;
const mutations = {
  args: ["run", "mutations", "--", "--only", "answer-before-disk"],
  isUp: /test files must pass/,
} as const;

/** The two that everybody does. */
export const COMMON = {
  ctrlC: { name: "Ctrl-C of demo", ...demo, to: "group", signal: "SIGINT" },
  kill: { name: "kill -TERM of npm start", ...start, to: "npm", signal: "SIGTERM" },
} as const satisfies Record<string, Scene>;

export const SCENES: readonly Scene[] = [
  COMMON.ctrlC,
  COMMON.kill,
  { name: "Ctrl-C of npm start", ...start, to: "group", signal: "SIGINT" },
  { name: "Ctrl-C of demo, twice", ...demo, to: "group", signal: "SIGINT", againAfterMs: 1_000 },
  { name: "Ctrl-C of npm start, twice", ...start, to: "group", signal: "SIGINT", againAfterMs: 1_000 },
  { name: "kill -TERM of npm run demo", ...demo, to: "npm", signal: "SIGTERM" },
  { name: "kill -INT of npm run demo", ...demo, to: "npm", signal: "SIGINT" },
  { name: "kill -TERM of demo's group, as timeout does", ...demo, to: "group", signal: "SIGTERM" },
  { name: "kill -HUP of npm start", ...start, to: "npm", signal: "SIGHUP" },
  { name: "a closed terminal of demo", ...demo, to: "group", signal: "SIGHUP" },
  { name: "kill -KILL of npm start", ...start, to: "npm", signal: "SIGKILL" },
  { name: "Ctrl-C of chaos", ...chaos, to: "group", signal: "SIGINT" },
  { name: "kill -TERM of npm run chaos", ...chaos, to: "npm", signal: "SIGTERM" },
  { name: "Ctrl-C of bench", ...bench, to: "group", signal: "SIGINT" },
  { name: "kill -TERM of npm run bench", ...bench, to: "npm", signal: "SIGTERM" },
  { name: "Ctrl-C of mutations", ...mutations, to: "group", signal: "SIGINT" },
];
