#!/usr/bin/env node
/** Interrupts each command at random moments, and counts the processes and folders that are left. Linux alone. */
import { Command } from "commander";
import { positive } from "../../cli/options.ts";
import { noteLine, printJson, printLines, table } from "../../cli/print.ts";
import { runProgram } from "../../cli/run-program.ts";
import { interrupt } from "./interrupt.ts";
import { SCENES, type Scene } from "./scenes.ts";

type Options = { rounds: number; only?: string; npm: string; json?: true };
type Row = {
  scene: string;
  rounds: number;
  whileStarting: number;
  processes: number;
  folders: number;
  slowestMs: number;
};

async function interrupts({ rounds, only, npm, json }: Options): Promise<void> {
  const rows: Row[] = [];
  for (const scene of SCENES.filter(({ name }) => only === undefined || name.includes(only)))
    rows.push(await roundsOf(scene, rounds, npm));
  const counted = rows.map((row) => [
    row.scene,
    ...[row.rounds, row.whileStarting, row.processes, row.folders, row.slowestMs].map(String),
  ]);
  printLines(
    table([["scene", "rounds", "while starting", "processes left", "folders left", "slowest, ms"], ...counted]),
  );
  if (json === true) printJson(rows);
  process.exitCode = rows.every(({ processes, folders }) => processes + folders === 0) ? 0 : 1;
}

/** The first once it is up; this tells how long that takes. The others at any moment until then, or soon after. */
async function roundsOf(scene: Scene, rounds: number, npm: string): Promise<Row> {
  const row: Row = { scene: scene.name, rounds, whileStarting: 0, processes: 0, folders: 0, slowestMs: 0 };
  let withinMs: number | null = null;
  for (let round = 1; round <= rounds; round++) {
    const begunAt = performance.now();
    const afterMs = withinMs === null ? null : Math.random() * withinMs;
    const { left, wasUp, hadEnded, tookMs, output } = await interrupt(scene, afterMs, npm);
    withinMs ??= (performance.now() - begunAt - tookMs) * 1.3;
    row.whileStarting += wasUp ? 0 : 1;
    row.processes += left.processes.length;
    row.folders += left.folders.length;
    row.slowestMs = Math.max(row.slowestMs, tookMs);
    const what = [...left.processes, ...left.folders].join("; ") || "nothing left";
    noteLine(
      `${scene.name} ${round}/${rounds}: after ${Math.round(afterMs ?? withinMs / 1.3)} ms${wasUp ? "" : ", while starting"}${hadEnded ? ", it had ended by itself" : ""}; ${what} after ${tookMs} ms`,
    );
    if (left.processes.length + left.folders.length > 0 || hadEnded) noteLine(output.slice(-2_000));
  }
  return row;
}

const program = new Command("interrupts")
  .description("interrupts each command at random moments, and counts what is left")
  .option("--rounds <n>", "of each", positive, 10)
  .option("--only <text>", "only what has this text in its name")
  .option("--npm <command>", "which npm", "npm")
  .option("--json", "end with one line of JSON")
  .action(interrupts);

await runProgram(program);
