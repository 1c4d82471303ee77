/** The parts of the platform's `Message` and `MessageBatch` that we use, so that a plain test can deliver. */
export type QueueMessage = {
  readonly id: string;
  readonly body: unknown;
  readonly attempts: number;
  /** When it was first sent; kept by redeliveries. */
  readonly timestamp: Date;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
};
