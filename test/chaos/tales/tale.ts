import { API_VERSION, type Scene, type Script, type StreamItem } from "../../../simulators/day/day.ts";
import type { Payment } from "../../../simulators/day/payments.ts";
import { createRandom, type Random } from "../../../simulators/day/random.ts";
import type { AnyResource } from "../../../simulators/stripe/resources.ts";

/** A call of one of the stand-in's controls (`/_sim/…`), which no request of ours made. */
export type ControlCall = { path: string; body: unknown };

/**
 * What a person, a customer or the bank does at the provider, past us.
 *
 * refunded        so much of the payment was refunded by hand
 * ended           collecting has ended: cancelled, paused, or the customer sends the money
 * amount          so much is to be moved since: what is open, or what may be captured
 * detached        the method that was tried is no longer the customer's
 * paid_otherwise  the order was paid by another payment
 */
export type DeedKind = "refunded" | "ended" | "amount" | "detached" | "paid_otherwise";
export type Deed = {
  what: DeedKind;
  /** In words, for whoever reads what broke. */
  how: string;
  /** The payment whose moves it is about. */
  payment: string;
  /** A read that names one of these would show it. */
  seenIn: string[];
  amountMinor: number | null;
  calls: ControlCall[];
  /** Before the question is sent; under the hold that stops it; or so long after it was taken. */
  when: "before" | "on_hold" | { afterMs: number };
};

/** As it was done, in milliseconds of real time. `ids`: of what the provider made. */
export type DoneDeed = Omit<Deed, "calls" | "when"> & { begunAtMs: number; doneAtMs: number; ids: string[] };

export type Move = "refund" | "collect" | "capture";
/** `exactly`: that sum; `whole`: all that is there when it is decided; `nothing`: nobody may move anything. */
export type Sum = { exactly: number } | "whole" | "nothing";
/** What is asked of one payment, as whoever asks means it. */
export type Asked = {
  kind: string;
  payment: string;
  move: Move;
  sum: Sum;
  /** Where it is; null: the platform's own. */
  account: string | null;
  /** To be executed, unless something that is done to it explains why not. */
  isHonest: boolean;
};

/** A part of the world that the day does not have: what is there, what is asked, and what is done to it meanwhile. */
export type Tale = Asked & {
  objects: AnyResource[];
  scripts: Script[];
  /** Made at the provider before anything else, as somebody with a key of the platform. */
  setup: { path: string; form: Record<string, string>; account?: string }[];
  /** What asks; each is sent once. */
  items: StreamItem[];
  deeds: Deed[];
  customer: string;
  amountMinor: number;
};

/** A scene whose chance and invoice numbers are its own, so that everything else is what it is without it. */
export function sceneOf(seed: number, startAt: number, invoicesFrom: number): Scene {
  let invoices = invoicesFrom;
  return {
    random: createRandom(seed),
    atSeconds: Math.floor(startAt / 1000),
    version: API_VERSION,
    nextInvoiceNumber: () => `INV-${++invoices}`,
  };
}

export const taleOf = (
  payment: Payment,
  given: Pick<Tale, "kind" | "move" | "sum" | "items"> & Partial<Tale>,
): Tale => ({
  payment: payment.intent.id,
  customer: payment.customer.id,
  amountMinor: payment.intent.amount,
  account: null,
  isHonest: given.deeds === undefined || given.deeds.length === 0,
  objects: payment.objects,
  scripts: [],
  setup: [],
  deeds: [],
  ...given,
});

/** Mostly soon, while it is decided, waits or is sent; sometimes later, between two tries. */
export const soon = (random: Random): { afterMs: number } => ({
  afterMs: random.chance(0.7) ? random.int(0, 2_500) : random.int(2_500, 12_000),
});
