import { providerContract } from "./contract.ts";
import { createStripeWorld } from "./stripe-world.ts";

providerContract("Stripe", () => createStripeWorld());
