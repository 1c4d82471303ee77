/** The table of endpoints, and the match of a request's method and path to one of them. */

import type { Endpoint } from "./endpoint.ts";
import { accountEndpoints } from "./objects/accounts.ts";
import { applicationFeeEndpoints } from "./objects/application-fees.ts";
import { chargeEndpoints } from "./objects/charges.ts";
import { creditNoteEndpoints } from "./objects/credit-notes.ts";
import { customerEndpoints } from "./objects/customers.ts";
import { disputeEndpoints } from "./objects/disputes.ts";
import { invoicePaymentEndpoints } from "./objects/invoice-payments.ts";
import { invoiceEndpoints } from "./objects/invoices.ts";
import { mandateEndpoints } from "./objects/mandates.ts";
import { paymentIntentEndpoints } from "./objects/payment-intents.ts";
import { readableEndpoints } from "./objects/readable.ts";
import { refundEndpoints } from "./objects/refunds.ts";
import { reviewEndpoints } from "./objects/reviews.ts";
import { subscriptionEndpoints } from "./objects/subscriptions.ts";
import { transferEndpoints } from "./objects/transfers.ts";

export interface Match {
  endpoint: Endpoint;
  ids: string[];
}

const ENDPOINTS: Endpoint[] = [
  ...accountEndpoints,
  ...applicationFeeEndpoints,
  ...chargeEndpoints,
  ...creditNoteEndpoints,
  ...customerEndpoints,
  ...disputeEndpoints,
  ...invoicePaymentEndpoints,
  ...invoiceEndpoints,
  ...mandateEndpoints,
  ...paymentIntentEndpoints,
  ...readableEndpoints,
  ...refundEndpoints,
  ...reviewEndpoints,
  ...subscriptionEndpoints,
  ...transferEndpoints,
];

/** By method and number of steps; within one, an endpoint without variables (`search`) comes before one with. */
const endpointsByShape = Map.groupBy(
  ENDPOINTS.map((endpoint) => ({ endpoint, steps: stepsOf(endpoint.path) })),
  ({ endpoint, steps }) => `${endpoint.method} ${steps.length}`,
);

export function matchRoute(method: string, path: string): Match | null {
  const steps = stepsOf(path);
  for (const candidate of endpointsByShape.get(`${method} ${steps.length}`) ?? []) {
    const ids = idsOf(candidate.steps, steps);
    if (ids !== null) return { endpoint: candidate.endpoint, ids };
  }
  return null;
}

function idsOf(pattern: readonly string[], steps: readonly string[]): string[] | null {
  const ids: string[] = [];
  for (const [position, expected] of pattern.entries()) {
    const actual = steps[position] ?? "";
    if (expected.startsWith(":")) ids.push(actual);
    else if (expected !== actual) return null;
  }
  return ids;
}

function stepsOf(path: string): string[] {
  return path
    .split("/")
    .filter((step) => step !== "")
    .map(decoded);
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
