/** As much of the Workers runtime as the bare Workers use. */
export type BareQueue = {
  send(body: unknown): Promise<unknown>;
  sendBatch(messages: { body: unknown }[]): Promise<unknown>;
};
export type BareBatch<Body> = { messages: readonly { body: Body; ack(): void; retry(): void }[] };

export type StripeEvent = { type: string; data: { object: { id: string; payment_intent?: unknown } } };
export type OwnEvent = { type: string; payment: string; text: string };
export type BareEvent = StripeEvent | OwnEvent;

/** What the executor is told: everything, since nothing is kept. */
export type BareAction = { kind: "retryInvoice" | "retryPayment" | "capture" | "refund"; id: string };
