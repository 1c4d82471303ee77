/** A progress bar on standard error; without a terminal, a plain line every two seconds. */
export type Progress = {
  /** `total` null: unknown. */
  update(done: number, total: number | null, note?: string): void;
  /** Ends the line. */
  end(): void;
};

type Screen = { isTTY?: boolean; columns?: number; write(text: string): unknown };

const BAR = 30;
const REDRAW_MS = 80;
const PLAIN_MS = 2_000;

export function createProgress(label: string, screen: Screen = process.stderr, now: () => number = Date.now): Progress {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let isOpen = false;
  let last: string | null = null;
  return {
    update(done, total, note = "") {
      const line = describeProgress(label, done, total, note);
      const isComplete = total !== null && done >= total;
      if (line === last || (!isComplete && now() - drawnAt < (screen.isTTY === true ? REDRAW_MS : PLAIN_MS))) return;
      drawnAt = now();
      last = line;
      if (screen.isTTY !== true) return void screen.write(`${line}\n`);
      isOpen = true;
      screen.write(`\r\x1b[K${[...line].slice(0, (screen.columns ?? 100) - 1).join("")}`);
    },
    end() {
      if (isOpen) screen.write("\n");
      isOpen = false;
    },
  };
}

export function describeProgress(label: string, done: number, total: number | null, note: string): string {
  const tail = note === "" ? "" : `  ${note}`;
  if (total === null) return `${label}  ${done}${tail}`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * BAR);
  return `${label}  ${"█".repeat(filled)}${"░".repeat(BAR - filled)}  ${done}/${total}${tail}`;
}
