import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Stack } from "../../cli/stack/index.ts";

const SAMPLE_MS = 20;
const BYTES_PER_MB = 1_048_576;

export const hasProc = existsSync("/proc/self/status");
if (!hasProc) console.log("skipped: workerd's memory is not measured, for this system has no /proc");

/** The one workerd that runs all Workers and objects of a stack. */
export function workerdOf(stack: Stack): number {
  const [pid] = stack.pids().workerd;
  if (pid === undefined) throw new Error("no workerd runs");
  return pid;
}

export function residentMb(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  if (kilobytes === undefined) throw new Error(`/proc/${pid}/status names no VmRSS`);
  return (Number(kilobytes) * 1024) / BYTES_PER_MB;
}

export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** The highest resident memory while `work` runs, less what it was before, in MB (1,048,576 bytes). Prints it. */
export async function growthDuring<T>(what: string, pid: number, work: () => Promise<T>) {
  const base = residentMb(pid);
  let peak = base;
  const sample = () => {
    peak = Math.max(peak, residentMb(pid));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const began = Date.now();
  try {
    const result = await work();
    sample();
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    console.log(`${what}: workerd grew by ${(peak - base).toFixed(0)} MB, from ${base.toFixed(0)} MB, in ${seconds} s`);
    return { result, growthMb: peak - base };
  } finally {
    clearInterval(timer);
  }
}
