import { afterAll, afterEach, beforeAll } from "vitest";
import { paymentContract } from "./contract-payments.ts";
import { readingContract } from "./contract-reading.ts";
import { refundContract } from "./contract-refunds.ts";
import type { ContractWorld } from "./contract-world.ts";

/** What every provider must do. Written once, in the port's words; each adapter runs it against its own world. */
export function providerContract(name: string, makeWorld: () => Promise<ContractWorld>): void {
  let world: ContractWorld;
  beforeAll(async () => {
    world = await makeWorld();
  });
  afterEach(async () => {
    await world.calm();
  });
  afterAll(async () => {
    await world.close();
  });

  readingContract(name, () => world);
  refundContract(name, () => world);
  paymentContract(name, () => world);
}
