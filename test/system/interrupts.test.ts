import { describe, expect, it } from "vitest";
import { createRandom } from "../../simulators/day/random.ts";
import { interrupt } from "../interrupts/interrupt.ts";
import { COMMON, SCENES, type Scene } from "../interrupts/scenes.ts";

/** A few rounds of what `node test/interrupts/index.ts` does many times, for every command and every way. */
const seed = Date.now() % 100_000;
const random = createRandom(seed);
const STARTING_MS = 4_000;

const closedTerminal = SCENES.filter(({ name }) => name === "kill -HUP of npm start" || name === "Ctrl-C of bench");

async function leftOf(scene: Scene, afterMs: number | null) {
  const { left, hadEnded, output } = await interrupt(scene, afterMs);
  return { ...left, hadEnded, afterMs, ...(left.processes.length + left.folders.length > 0 ? { output } : {}) };
}

const nothing = { processes: [], folders: [], hadEnded: false };

describe.runIf(process.platform === "linux")("no process and no folder is left", () => {
  it.each([COMMON.ctrlC, COMMON.kill, ...closedTerminal])("by $name, once it is up", async (scene) => {
    expect(await leftOf(scene, null)).toMatchObject(nothing);
  });

  it.each([COMMON.ctrlC, COMMON.kill])(`by $name, while it is starting (seed ${seed})`, async (scene) => {
    for (let round = 0; round < 3; round++)
      expect(await leftOf(scene, random.int(0, STARTING_MS))).toMatchObject(nothing);
  });
});
