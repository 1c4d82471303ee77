/** The part of the platform's `Message` that we use, so that a plain test can deliver messages. */
export type QueueMessage = {
  readonly id: string;
  readonly body: unknown;
  readonly attempts: number;
  /** When it was first sent. Redeliveries keep it. */
  readonly timestamp: Date;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
};
