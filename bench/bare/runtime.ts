/** As much of the Workers runtime as the bare Workers use. */
export type BareQueue = {
  send(body: unknown): Promise<unknown>;
  sendBatch(messages: { body: unknown }[]): Promise<unknown>;
};
export type BareBatch<Body> = { messages: readonly { body: Body; ack(): void; retry(): void }[] };

/** Stripe's event, or ours with the payment that it is about. */
export type BareEvent = { type: string; data?: { object: { id: string } }; payment?: string; text?: string };
/** What the executor is told: everything, since nothing is kept. */
export type BareAction = { type: string; id: string };
