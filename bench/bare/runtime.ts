/** The part of the Workers runtime that the bare Workers use. */
export type BareQueue = {
  send(body: unknown): Promise<unknown>;
  sendBatch(messages: { body: unknown }[]): Promise<unknown>;
};
export type BareBatch<Body> = { messages: readonly { body: Body; ack(): void; retry(): void }[] };

/** A Stripe event, or one of ours with its payment. */
export type BareEvent = {
  type: string;
  data?: { object: { id: string } };
  payment?: string;
  text?: string;
  amountMinor?: number;
  currency?: string;
};
/** The message to the executor. It contains everything, because nothing is stored. */
export type BareAction = { type: string; id: string; amountMinor?: number };
