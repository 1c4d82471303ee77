import type { ExecutableKind } from "../contracts/actions.ts";
import type { Lane, PaymentEvent } from "../contracts/event.ts";
import type { Tells } from "../contracts/facts.ts";
import type { Failure } from "../contracts/failure.ts";
import type { AcceptItem } from "../contracts/ledger.ts";
import type {
  CallOptions,
  Decline,
  Effect,
  IdGrammar,
  InputOf,
  PriceView,
  ProviderName,
  Reference,
  RefundView,
  SnapshotOf,
} from "../contracts/provider.ts";
import type { Mode } from "../core/ids.ts";
import type { Result } from "../core/result.ts";

/**
 * The provider port: what the pipeline needs of a payment provider, in our words. A provider is one folder and one
 * registration (its index.ts), which registry.ts lists. Each adapter passes the same contract suite.
 */
export type Registration = {
  name: ProviderName;
  ids: IdGrammar;
  /** What an event tells, where it does not carry it: by its type and fields. */
  tellsOf(event: PaymentEvent): Tells;
  declineOf(code: string | null, advice: string | null): Decline;
  /** Null: it sends none. */
  webhook: Webhook | null;
  /** The provider's own event objects, as its exports give them; null where it has none. */
  exported: {
    isOne(value: unknown): boolean;
    normalise(value: unknown, lane: Lane): Result<PaymentEvent, string>;
  } | null;
  /** Null: what its events are about cannot be looked up, so they become cases. */
  reader: { bindings: ConnectionBindings; connect(connection: Connection): ProviderReader } | null;
  /** Null: nothing can be executed there. */
  executor: ExecutorRegistration | null;
};

/** The names of the Worker's variables that say how to reach the provider. */
export type ConnectionBindings = { apiKey: string; baseUrl: string };
export type Connection = { apiKey: string; baseUrl: string; mode: Mode };

/** One delivery as it came. Nothing of it has been believed yet. */
export type Delivery = { body: string; header(name: string): string | null; nowMs: number };

export type Received =
  | { kind: "events"; items: AcceptItem[] }
  /** Its signature does not hold. `reason` is for the log; `where` names the item for the sender. */
  | { kind: "refused"; reason: string; where?: string }
  | { kind: "not_json"; error: string }
  /** Signed, and nothing that can be kept. `detail` is for the sender. */
  | { kind: "unusable"; detail: string };

/** The door `POST /webhooks/<name>`. */
export type Webhook = {
  /** The binding of its secret, which may hold several, separated by commas. */
  secret: string;
  open(secretList: string): (delivery: Delivery) => Promise<Received>;
  /** `receipt`: counts, as every door. `all_or_nothing`: the text is answered once every item is stored, else 503. */
  answer: { kind: "receipt" } | { kind: "all_or_nothing"; text: string };
};

/** Read-only: who decides holds nothing more (a restricted key). Calls take a signal and are not repeated inside. */
export interface ProviderReader {
  readonly name: ProviderName;
  readonly mode: Mode;
  /** `ok: true, value: null`: there is no such thing. */
  find<R extends Reference>(reference: R, signal: AbortSignal): Promise<Result<SnapshotOf<R> | null, Failure>>;
  /** A price by its id; null where there is none. */
  price(id: string, signal: AbortSignal): Promise<Result<PriceView | null, Failure>>;
  /** Whether an invoice belongs to this payment: asked, not inferred from order. */
  invoiceOfPayment(payment: string, signal: AbortSignal): Promise<Result<string | null, Failure>>;
}

type Reading = ProviderReader & {
  /** All refunds of one payment, newest first, pages followed. */
  refundsOf(payment: string, signal: AbortSignal): Promise<Result<RefundView[], Failure>>;
};
type BoundMethods = { [Kind in ExecutableKind]: (input: InputOf<Kind>, call: CallOptions) => Promise<Effect> };

/** A provider as executors use it. The deadline of each call lies before its lease ends; none is repeated inside. */
export type Provider = Reading & BoundMethods;

/** Why a provider cannot do this: a case at decision, in these words. */
export type Unsupported = { unsupported: string };
export const unsupported = (reason: string): Unsupported => ({ unsupported: reason });

type Method<Client, Kind extends ExecutableKind> = (
  client: Client,
  input: InputOf<Kind>,
  call: CallOptions,
) => Promise<Effect>;
/** A provider answers every kind: with a method, or with why not. */
export type Methods<Client> = { readonly [Kind in ExecutableKind]: Method<Client, Kind> | Unsupported };

export type ExecutorRegistration = {
  bindings: ConnectionBindings;
  /** Null: it can. */
  whyNot(kind: ExecutableKind): string | null;
  connect(connection: Connection): Provider;
};

export function executorOf<Client>(
  bindings: ConnectionBindings,
  open: (connection: Connection) => { reading: Reading; client: Client },
  methods: Methods<Client>,
): ExecutorRegistration {
  const whyNot = (kind: ExecutableKind): string | null => {
    const method = methods[kind];
    return typeof method === "function" ? null : method.unsupported;
  };
  return {
    bindings,
    whyNot,
    connect(connection) {
      const { reading, client } = open(connection);
      const bound = Object.fromEntries(
        Object.entries(methods).map(([kind, method]) => [
          kind,
          bind(method as AnyMethod<Client> | Unsupported, client),
        ]),
      );
      return { ...reading, ...(bound as unknown as BoundMethods) };
    },
  };
}

/** A method of whichever kind: its input is of that kind, which the table's type has seen to. */
type AnyMethod<Client> = (client: Client, input: unknown, call: CallOptions) => Promise<Effect>;

function bind<Client>(method: AnyMethod<Client> | Unsupported, client: Client) {
  if (typeof method === "function") return (input: unknown, call: CallOptions) => method(client, input, call);
  const refused: Effect = { kind: "refused", code: "unsupported", note: method.unsupported, stored: false };
  return async () => refused;
}
