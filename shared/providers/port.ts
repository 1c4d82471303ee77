import type { ExecutableKind } from "../contracts/actions.ts";
import type { Lane, PaymentEvent } from "../contracts/event.ts";
import type { Tells } from "../contracts/facts.ts";
import type { Failure } from "../contracts/failure.ts";
import type { ReceivedEvent } from "../contracts/ledger.ts";
import type {
  At,
  CallOptions,
  Decline,
  DisputeStatus,
  Effect,
  IdGrammar,
  InputOf,
  MatterKind,
  Matters,
  PaymentReference,
  PaymentSnapshot,
  PriceView,
  ProviderName,
  Reference,
  SnapshotOf,
} from "../contracts/provider.ts";
import type { Mode } from "../core/ids.ts";
import type { Result } from "../core/result.ts";

/**
 * The provider port: what the pipeline needs of a payment provider, in our terms. A provider is one folder and one
 * registration (its index.ts), which registry.ts lists. Every adapter passes the same contract suite.
 */
export type Registration = {
  name: ProviderName;
  ids: IdGrammar;
  /** How the ids of its accounts and customers begin. Texts are not searched for them: they prove nothing. */
  owners: readonly { kind: "account" | "customer"; start: string }[];
  /** What an event means, from its type and fields. */
  tellsOf(event: PaymentEvent): Tells;
  declineOf(code: string | null, advice: string | null): Decline;
  /** How an event itself says that its dispute stands; `what`: "a chargeback", "an inquiry". */
  disputeIn(event: PaymentEvent): SaidOfDispute;
  /** What of its events its signature does not cover. It is shown as recorded, and decides nothing. */
  unsigned: readonly (keyof PaymentEvent)[];
  /** Where people act on what is not executed from here: "Stripe's dashboard". */
  desk: string;
  /** The page of this thing there; null where no such page is known. */
  pageOf(of: PageOf, id: string, mode: Mode): string | null;
  /** Null: it sends no webhooks. */
  webhook: Webhook | null;
  /** The provider's event objects, as in its exports; null where it has no exports. */
  exported: {
    isOne(value: unknown): boolean;
    normalise(value: unknown, lane: Lane): Result<PaymentEvent, string>;
  } | null;
  /** Null: its payments cannot be looked up, so its events become cases. */
  reader: { bindings: ConnectionBindings; connect(connection: Connection): ProviderReader } | null;
  /** Null: nothing can be executed there. */
  executor: ExecutorRegistration | null;
};

export type PageOf = "payment" | "dispute" | "invoice" | "subscription" | "customer";

/** `stage`: its place in the course of a dispute, where the provider's signature covers no time; null: its time counts. */
export type SaidOfDispute = { what: string; status: DisputeStatus; isAwaited: boolean; stage: number | null };

/** The names of the variables with the provider's API key and base URL. */
export type ConnectionBindings = { apiKey: string; baseUrl: string };
export type Connection = { apiKey: string; baseUrl: string; mode: Mode };

/** One delivery, not yet authenticated. */
export type Delivery = { body: string; header(name: string): string | null; nowMs: number };

export type Received =
  | { kind: "events"; items: ReceivedEvent[] }
  /** The signature is not valid. `reason` is for the log; `where` names the item for the sender. */
  | { kind: "refused"; reason: string; where?: string }
  /** `error` goes on from "the body". */
  | { kind: "not_json"; error: string }
  /** Signed, but it cannot be stored. `detail` is for the sender. */
  | { kind: "unusable"; detail: string };

/** The endpoint `POST /webhooks/<name>`. */
export type Webhook = {
  /** The binding with its secret, or several. */
  secret: string;
  /** Why its headers alone refuse a delivery, so that its body is not read; null: the body decides. */
  refusedBy(header: Delivery["header"]): string | null;
  /** `mode`: of the deployment, and so of its secrets. */
  open(secretList: string, mode: Mode): (delivery: Delivery) => Promise<Received>;
  /** `receipt`: answers counts. `all_or_nothing`: answers the text once every item is stored, otherwise 503. */
  /** What a provider wrote is kept as it was signed. What people wrote is masked before it is stored. */
  writtenBy: "provider" | "people";
  answer: { kind: "receipt" } | { kind: "all_or_nothing"; text: string };
};

/** What was found. `ok: true, value: null`: the provider has no such thing. */
type Found<Seen> = Promise<Result<Seen | null, Failure>>;

/** Read-only, with a restricted key: the classifier has no other. Every read says where it goes, and is made once. */
export interface ProviderReader {
  readonly name: ProviderName;
  readonly mode: Mode;
  find<R extends Reference>(reference: R, at: At): Found<SnapshotOf<R>>;
  /** As `find`, and all that a refund is judged by: refunds, disputes, the invoice's part, Connect. */
  findToRefund(reference: PaymentReference, at: At): Found<PaymentSnapshot>;
  /** As `find`, and all that a retry is judged by: the invoice's subscription, or what the customer agreed to. */
  findToCollect(reference: PaymentReference, at: At, besideMs: number): Found<PaymentSnapshot>;
  price(id: string, at: At): Found<PriceView>;
  /** The invoice of a payment, or null. The provider is asked; the order of events does not prove it. */
  invoiceOfPayment(payment: string, at: At): Found<string>;
  /** What a case is about, by its id. */
  matter<K extends MatterKind>(kind: K, id: string, at: At): Found<Matters[K]>;
}

type BoundMethods = { [Kind in ExecutableKind]: (input: InputOf<Kind>, call: CallOptions) => Promise<Effect> };

/** A provider as executors use it. A call's signal aborts before its lease ends; every call is made once. */
export type Provider = ProviderReader & BoundMethods;

/** Why a provider cannot execute a kind. The decision becomes a case with this reason. */
export type Unsupported = { unsupported: string };
export const unsupported = (reason: string): Unsupported => ({ unsupported: reason });

type Method<Client, Kind extends ExecutableKind> = (
  client: Client,
  input: InputOf<Kind>,
  call: CallOptions,
) => Promise<Effect>;
/** For every kind a method, or why it is unsupported. */
export type Methods<Client> = { readonly [Kind in ExecutableKind]: Method<Client, Kind> | Unsupported };

export type ExecutorRegistration = {
  bindings: ConnectionBindings;
  /** Null: the kind is supported. */
  whyUnsupported(kind: ExecutableKind): string | null;
  connect(connection: Connection): Provider;
};

export function executorOf<Client>(
  bindings: ConnectionBindings,
  open: (connection: Connection) => { reading: ProviderReader; client: Client },
  methods: Methods<Client>,
): ExecutorRegistration {
  const whyUnsupported = (kind: ExecutableKind): string | null => {
    const method = methods[kind];
    return typeof method === "function" ? null : method.unsupported;
  };
  return {
    bindings,
    whyUnsupported,
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

/** A method of any kind. The type `Methods` ensures that its input is of the same kind. */
type AnyMethod<Client> = (client: Client, input: unknown, call: CallOptions) => Promise<Effect>;

function bind<Client>(method: AnyMethod<Client> | Unsupported, client: Client) {
  if (typeof method === "function") return (input: unknown, call: CallOptions) => method(client, input, call);
  const refused: Effect = { kind: "refused", code: "unsupported", note: method.unsupported, stored: false };
  return async () => refused;
}
