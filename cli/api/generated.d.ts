// Written by `npm run client` from docs/openapi.json. A test compares the two.
// sha256 of the document: b456ec5c650cf640aaaadc04f524fd1609872c2b4a615e3a298020c3d2a1e69e

export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
};

export type AuditEntry = {
  n: number;
  event: string;
  /** in epoch milliseconds */
  at: number;
  by: {
    id: string;
    name: string;
  };
  what: string;
  about: string;
  before: { [name in string]?: unknown };
  after: { [name in string]?: unknown };
  textHash: string | null;
  prev: string;
  hash: string;
};

export type AuditFinding = {
  what: string;
  n: number;
  event: string | null;
  says: string;
};

export type CaseDeclined = {
  kind: "denied" | "closed";
  code: string;
  says: string;
};

export type CaseDetails = {
  about: "refund" | "failed_payment" | "authorization" | "subscription" | "dispute" | "fraud_warning" | "unknown_outcome" | "defective" | "denied_before" | "other" | "information";
  says: {
    label: string;
    text: string;
  }[];
  /** what an approval must override; where nobody may, approving refuses */
  verdicts: {
    rule: string;
    reason: string;
    mayBeOverridden: boolean;
  }[];
  /** the yeses that it has, to which another one must be the same; null: none */
  given: GivenYes | null;
};

export type CaseDone = {
  case: CaseRow;
};

export type CaseRow = {
  id: string;
  actionId: string;
  subject: string;
  eventId: string;
  kind: string;
  amountMinor: number | null;
  currency: string | null;
  reason: string;
  summary: string;
  state: "open" | "approved" | "denied" | "closed";
  version: number;
  /** in epoch milliseconds */
  openedAt: number;
  status: string | null;
  dueAt: number | null;
  isInformation: 0 | 1;
  closedAt: number | null;
};

export type DecideOn = {
  round: number;
  proposal: string;
};

export type Draft = {
  /** a version of the policy: 32 hexadecimal digits, the hash of the document */
  version: string;
  /** a version of the policy: 32 hexadecimal digits, the hash of the document */
  over: string;
  /** in epoch milliseconds */
  at: number;
  by: PersonRef;
};

export type GivenYes = {
  approvers: string[];
  overrides: ("duplicate" | "confidence" | "window" | "four_eyes" | "envelope")[];
  change: ProposalChange | null;
  needs: 1 | 2;
  /** in epoch milliseconds */
  expiresAt: number;
  /** all have said yes, and nobody has sent it on: one of them repeats it */
  isUnsent: boolean;
};

export type HoldDone = {
  result: "held" | "held_before";
  hold: HoldRow;
  /** the events that this stored */
  events?: string[] | undefined;
};

export type HoldRow = {
  scope: string;
  /** in epoch milliseconds */
  at: number;
  reason: string;
  by: "person" | "rule";
};

export type LetterRow = {
  id: string;
  queue: string;
  rowKind: "event" | "action" | "message";
  rowId: string;
  subject: string | null;
  body: string;
  reason: string;
  detail: string;
  attempts: number;
  /** in epoch milliseconds */
  firstAt: number;
  /** in epoch milliseconds */
  lastAt: number;
  state: "dead" | "redriving" | "redriven" | "discarded";
  redrives: number;
  actedAt: number | null;
  discardReason: string | null;
  /** letters of one failure have one; null: not grouped yet */
  groupKey?: string | null | undefined;
  /** the event that a person sent in its place */
  editedTo?: string | null | undefined;
};

export type LettersActed = {
  results: {
    id: string;
    result: string;
    /** the events that this stored */
    events?: string[] | undefined;
  }[];
};

export type LiftRow = {
  hold: HoldRow;
  /** in epoch milliseconds */
  at: number;
  reason: string | null;
};

export type OpenSum = {
  currency: string | null;
  count: number;
  amountMinor: number | null;
};

export type PersonChanged = {
  result: "done" | "done_before";
  person: PersonRow;
  /** the person's token, shown this once */
  token: string | null;
  /** the record of the act */
  event: string;
};

export type PersonRef = {
  id: string;
  name: string;
};

export type PersonRow = {
  id: string;
  name: string;
  human: boolean;
  roles: ("viewer" | "reviewer" | "approver" | "operator" | "admin")[];
  /** who added them or gave them a role */
  vouchedBy: string[];
  /** the subject or the service token; null: a token of ours */
  identity: string | null;
  addedAt: number | null;
  revokedAt: number | null;
};

export type PolicyChange = {
  path: string;
  before?: unknown | undefined;
  after?: unknown | undefined;
};

export type PolicyPublished = {
  result: "published" | "published_before";
  publication: Publication;
  changes: PolicyChange[];
  warnings: string[];
  /** the events that this stored */
  events?: string[] | undefined;
};

export type ProposalChange = {
  amountMinor?: number | undefined;
  currency?: string | undefined;
  variant?: string | null | undefined;
  payment?: string | undefined;
  invoice?: string | undefined;
  subscription?: string | undefined;
};

export type Publication = {
  n: number;
  /** a version of the policy: 32 hexadecimal digits, the hash of the document */
  version: string;
  /** in epoch milliseconds */
  at: number;
  by: PersonRef | null;
  draftedBy: PersonRef | null;
};

export type Trace = {
  id: string;
  state: string;
  terminal: boolean;
};

export type DeclineBody = {
  /** which opening of the case is meant */
  round: number;
  /** the hash of what was shown */
  proposal: string;
  code: string;
  reason?: string | undefined;
};

export type PolicyDocument = {
  guardrails: {
    /** how long a grant is good: long enough for a busy queue; after a longer wait it is renewed; in milliseconds */
    grantLifeMs: number;
    facts: {
      failed_renewal: {
        /** agent: Claude proposes; person: it becomes a case, and nothing follows by itself */
        decides: "agent" | "person";
        /** which actions may follow from it, whatever an agent proposes; any other proposal becomes a case. Money is refunded only on a request, and collected only where it is owed or held */
        mayFollow: ("retry" | "pause" | "downgrade")[];
      };
      failed_payment: {
        /** agent: Claude proposes; person: it becomes a case, and nothing follows by itself */
        decides: "agent" | "person";
        /** which actions may follow from it, whatever an agent proposes; any other proposal becomes a case. Money is refunded only on a request, and collected only where it is owed or held */
        mayFollow: "retry"[];
      };
      held_authorization: {
        /** agent: Claude proposes; person: it becomes a case, and nothing follows by itself */
        decides: "agent" | "person";
        /** which actions may follow from it, whatever an agent proposes; any other proposal becomes a case. Money is refunded only on a request, and collected only where it is owed or held */
        mayFollow: "authorize"[];
      };
      request: {
        /** agent: Claude proposes; person: it becomes a case, and nothing follows by itself */
        decides: "agent" | "person";
        /** which actions may follow from it, whatever an agent proposes; any other proposal becomes a case. Money is refunded only on a request, and collected only where it is owed or held */
        mayFollow: ("refund" | "pause" | "downgrade" | "resume" | "cancel")[];
      };
      outside_decision: {
        /** outside: what the outside agent decided is checked; person: it becomes a case */
        decides: "outside" | "person";
        /** which actions may follow from it, whatever an agent proposes; any other proposal becomes a case. Money is refunded only on a request, and collected only where it is owed or held */
        mayFollow: ("authorize" | "refund" | "retry" | "pause" | "downgrade" | "resume" | "cancel")[];
      };
    };
    refund: {
      /** how old a payment may be; and for how long another refund of the same amount on the same payment is a possible duplicate; in milliseconds. Source: our own limit, against fraud; issuers seldom accept much older card refunds, and Stripe names no limit */
      windowMs: number;
      /** up to this amount medium confidence is enough; in US cents, converted roughly */
      mediumConfidenceMaxUsdCents: number;
      /** above this amount of one payment, with what was refunded of it before, a person must approve; in US cents, converted roughly */
      fourEyesAboveUsdCents: number;
      connect: {
        /** with the whole of a charge goes back what it moved to a connected account. How much of it goes back with a part, policy does not say: a person decides. Source: https://docs.stripe.com/connect/destination-charges#issue-refunds */
        reverseTransfer: boolean;
        /** with the whole of a charge goes back the fee that it took. How much of it goes back with a part, policy does not say: a person decides. Source: https://docs.stripe.com/connect/destination-charges#issue-refunds */
        refundApplicationFee: boolean;
      };
    };
    authorize: {
      /** up to this amount medium confidence is enough; in US cents, converted roughly */
      mediumConfidenceMaxUsdCents: number;
      /** above this amount a person must approve; in US cents, converted roughly */
      fourEyesAboveUsdCents: number;
      /** the risk levels of the provider at which a person decides about a capture. Source: https://docs.stripe.com/radar/risk-evaluation#risk-outcomes */
      riskyLevels: string[];
    };
    retry: {
      /** the wait before our first try; in milliseconds */
      firstDelayMs: number;
      /** the longest wait between two tries; in milliseconds */
      capMs: number;
      /** how often we try a card */
      maxSteps: number;
      /** how often we try any other method. A returned bank debit may be sent again twice. Source: Nacha: at most two reinitiations, for R01 and R09 alone, within 180 days (https://docs.galileo-ft.com/pro/reference/api-reference-restricted-company-entry-descriptions-values). SEPA names no number; two is what others take, since each return costs a fee (https://docs.adyen.com/online-payments/auto-rescue/sepa) */
      bankDebitMaxSteps: number;
      /** how many declined tries of one payment within the window: we stay well below what card networks allow. Source: Visa allows 20 reattempts in 30 days (since 2025-05-25), Mastercard 35 */
      declinedMax: number;
      /** the window of declinedMax; in milliseconds */
      declinedWindowMs: number;
      /** up to this amount medium confidence is enough. As for captures: both take what the customer owes, and what was taken can be given back; in US cents, converted roughly */
      mediumConfidenceMaxUsdCents: number;
      /** above this amount a person must approve; in US cents, converted roughly */
      fourEyesAboveUsdCents: number;
      /** for how long after its time a try that the provider planned may still be on its way. Later, nobody knows what became of it; in milliseconds */
      providerTryMs: number;
      /** for how long after its last try a payment without an invoice is tried. All steps take a week at most; twice that leaves room for a late decision, and what a customer has waited for longer they have bought elsewhere; in milliseconds */
      oneOffMaxAgeMs: number;
    };
    variants: {
      /** where nobody says which; null: a case. A capture cannot be taken back, nor can a release */
      authorize: ("capture" | "release") | null;
      /** where nobody says which: what happens to invoices meanwhile */
      pause: "keep_as_draft" | "mark_uncollectible" | "void";
      /** where nobody says which: what was paid for is had */
      cancel: "at_period_end" | "at_once";
    };
    subscription: {
      /** a price and its lower price, by the provider's price ids. A price that is not listed cannot be downgraded */
      lowerPriceByPrice: { [name in string]?: string };
      /** what a downgrade does to the running period: nothing. Source: https://docs.stripe.com/billing/subscriptions/prorations */
      proration: "none";
      /** two different changes of one subscription within this time contradict each other; in milliseconds */
      contradictionWindowMs: number;
      /** for how long a call that may have been lost is sent again; in milliseconds. Source: Stripe forgets its key after 24 hours, https://docs.stripe.com/api/idempotent_requests */
      sentAgainMs: number;
    };
    /** what one major unit is roughly worth in US cents, for thresholds only, never for amounts. A currency that is not in it is below no threshold. Source: by hand, for 2026-11, not from a feed; a pegged currency by its peg (AED, BAM, FKP, GIP, HKD, KYD, SAR, XAF, XCD, XCG, XOF, XPF), one with several rates by the official one */
    worthUsdCents: { [name in string]?: number };
  };
  envelopes: {
    /** the most at risk in a sliding hour, of everything; in US cents, converted roughly */
    all: number;
    /** the same, of one kind of action; in US cents, converted roughly */
    kind: number;
    /** the same, of one account; in US cents, converted roughly */
    account: number;
    /** the same, of one customer; in US cents, converted roughly */
    customer: number;
    /** the same, of one payment. It is as large as a customer's: of a guest, the payment is all that is known. Within a customer's it stops nothing more; in US cents, converted roughly */
    payment: number;
    /** the same, of what one approver lets pass over an envelope; in US cents, converted roughly */
    approver: number;
    /** the same, of all that approvals let pass over an envelope; in US cents, converted roughly */
    approvals: number;
  };
  handling: {
    /** a row without news for so long is told of in a case for information, while it goes on: after four tries at least, since they are an hour apart at most; in milliseconds */
    patienceMs: number;
    dispositions: {
      bug: Disposition;
      malformed_message: Disposition;
      ledger_unavailable: Disposition;
      gate_unavailable: Disposition;
      records_unavailable: Disposition;
      queue_exhausted: Disposition;
      claude_rate_limited: Disposition;
      claude_spend_limit: Disposition;
      claude_overloaded: Disposition;
      claude_unavailable: Disposition;
      claude_timeout: Disposition;
      claude_unauthorized: Disposition;
      claude_model_missing: Disposition;
      claude_refused: Disposition;
      claude_truncated: Disposition;
      claude_malformed: Disposition;
      claude_bad_request: Disposition;
      claude_too_large: Disposition;
      provider_rate_limited: Disposition;
      provider_unavailable: Disposition;
      provider_unauthorized: Disposition;
      provider_refused: Disposition;
      provider_not_found: Disposition;
      account_unreachable: Disposition;
      grant_invalid: Disposition;
      grant_not_yet: Disposition;
      decline_unseen: Disposition;
      guardrail: Disposition;
    };
  };
  cases: {
    kinds: {
      refund: OfCaseKind;
      failed_payment: OfCaseKind;
      authorization: OfCaseKind;
      subscription: OfCaseKind;
      dispute: OfCaseKind;
      fraud_warning: OfCaseKind;
      unknown_outcome: OfCaseKind;
      defective: OfCaseKind;
      denied_before: OfCaseKind;
      other: OfCaseKind;
      information: OfCaseKind;
    };
    /** what nobody has to judge one by one, by the rule that made it a case, else the reason of its failure, else the fact that only people decide, else none: shown as a group, or only recorded. Any other is put before people */
    noise: {
      kind: "refund" | "failed_payment" | "authorization" | "subscription" | "dispute" | "fraud_warning" | "unknown_outcome" | "defective" | "denied_before" | "other" | "information";
      rule: "executor" | "payment_known" | "subscription_known" | "one_subscription" | "one_payment" | "fits_fact" | "ref_known" | "text_read" | "asked" | "mode" | "currency" | "requester" | "customer" | "dispute" | "amount_known" | "captured" | "connect" | "window" | "confidence" | "four_eyes" | "variant" | "capturable" | "risk" | "still_owed" | "collection" | "agreement" | "amount_owed" | "network_rules" | "method_tried" | "provider_retries" | "retries_left" | "already" | "status" | "schedule" | "pending_update" | "one_item" | "lower_price" | "taken_back" | "amount_taken" | "envelope" | "grant" | "duplicate" | "bug" | "malformed_message" | "ledger_unavailable" | "gate_unavailable" | "records_unavailable" | "queue_exhausted" | "claude_rate_limited" | "claude_spend_limit" | "claude_overloaded" | "claude_unavailable" | "claude_timeout" | "claude_unauthorized" | "claude_model_missing" | "claude_refused" | "claude_truncated" | "claude_malformed" | "claude_bad_request" | "claude_too_large" | "provider_rate_limited" | "provider_unavailable" | "provider_unauthorized" | "provider_refused" | "provider_not_found" | "account_unreachable" | "grant_invalid" | "grant_not_yet" | "decline_unseen" | "guardrail" | "failed_renewal" | "failed_payment" | "dispute" | "early_fraud_warning" | "review" | "held_authorization" | "failed_refund" | "failed_charge" | "failed_capture" | "expired_hold" | "failed_checkout" | "failed_finalization" | "failed_payout" | "subscription_ended" | "mandate_ended" | "account_restricted" | "account_disconnected" | "conflict" | "request" | "outside_decision" | "none";
      as: "group" | "record";
    }[];
    /** how long before a dispute's deadline an alarm is raised; in milliseconds */
    disputeAlarmMs: number;
    /** the longest snooze; in milliseconds */
    snoozeMaxMs: number;
    denialMs: {
      /** for how long a denial stands for its target: another action of the kind is a case that names it; in milliseconds */
      refund: number;
      /** for how long a denial stands for its target: another action of the kind is a case that names it; in milliseconds */
      authorize: number;
      /** for how long a denial stands for its target: another action of the kind is a case that names it; in milliseconds */
      retryPayment: number;
      /** for how long a denial stands for its target: another action of the kind is a case that names it; in milliseconds */
      pause: number;
      /** for how long a denial stands for its target: another action of the kind is a case that names it; in milliseconds */
      resume: number;
      /** for how long a denial stands for its target: another action of the kind is a case that names it; in milliseconds */
      downgrade: number;
      /** for how long a denial stands for its target: another action of the kind is a case that names it; in milliseconds */
      cancel: number;
    };
    /** each code, and what it means */
    denyReasons: { [name in string]?: string };
    /** each code, and what it means */
    closeReasons: { [name in string]?: string };
  };
  approvals: {
    /** for how long an approval is good, a half-given one too; in milliseconds */
    lifeMs: number;
    /** above this amount a second person must approve as well; in US cents, converted roughly */
    fourEyesAboveUsdCents: number;
    /** the verdicts that an approval may override */
    mayOverride: ("duplicate" | "confidence" | "window" | "four_eyes" | "envelope")[];
  };
  publishing: {
    /** who may draft */
    mayDraft: ("viewer" | "reviewer" | "approver" | "operator" | "admin")[];
    /** who may publish */
    mayPublish: ("viewer" | "reviewer" | "approver" | "operator" | "admin")[];
    /** who drafted it may not publish it. The deployment's own document (the first publication) has no author: whoever may publish may go back to it, also where somebody drafted it again */
    fourEyes: boolean;
    /** by how much a number of guardrails, envelopes or approvals may change at once */
    maxFactor: number;
    /** by the path of a number, as guardrails.retry.declinedMax: what it may never be above */
    most: { [name in string]?: number };
  };
};

export type Disposition = {
  /** how often it is tried again; null: it is not counted, as of limits and outages */
  retries: number | null;
  /** what comes after that */
  otherwise: "dead" | "case";
};

export type OfCaseKind = {
  /** 1 comes first */
  priority: number;
  /** the time for its decision, from its opening, in milliseconds; null: none but its own deadline */
  dueMs: number | null;
  /** what happens when that passes; nothing is ever approved by it */
  whenDue: "alarm" | "close";
};

/** What each route is asked, and what it answers: `answer` is JSON, `text` is not. */
export type Api = {
  /** Counts of events and actions, the most used envelopes, the holds and the open cases. For the role viewer. */
  "GET /api/totals": {
    asked: {};
    answer: {
      accepted: number;
      duplicates: number;
      conflicts: number;
      waiting: {
        events: number;
        actions: number;
      };
      actions: {
        kind: string;
        state: string;
        currency: string | null;
        count: number;
        amountMinor: number | null;
      }[];
      none: number;
      deadLetteredEvents: number;
      fullestShard: {
        index: number;
        share: number;
      } | null;
      openCases: {
        toDecide: OpenSum[];
        information: OpenSum[];
      } | null;
    };
  };
  /** Whether events are taken, with the last words of Claude, the providers and D1. For the role viewer. */
  "GET /api/readyz": {
    asked: {};
    answer: {
      ready: boolean;
      degraded: string[];
    };
  };
  /** The newest events. For the role viewer. */
  "GET /api/recent": {
    asked: {
      query?: { limit?: string | number | undefined };
    };
    answer: {
      items: {
        id: string;
        type: string;
        state: string;
        outcome: unknown;
        /** in epoch milliseconds */
        acceptedAt: number;
      }[];
    };
  };
  /** What is not over, earliest due first. For the role viewer. */
  "GET /api/waiting": {
    asked: {
      query?: { queue?: "events" | "events-batch" | "authorize" | "refund" | "retry" | "subscription" | "escalate" | undefined; limit?: string | number | undefined; cursor?: string | number | undefined };
    };
    answer: {
      items: {
        row: "event" | "action";
        id: string;
        kind: string;
        subject: string;
        state: string;
        /** in epoch milliseconds */
        since: number;
        /** in epoch milliseconds */
        due: number;
        queue: string;
        waitsFor: string;
        reason: string;
      }[];
      /** the cursor of the next page; null: this was the last */
      next: string | null;
      counts: {
        due: number;
        isAll: boolean;
      } | null;
    };
  };
  /** Everything that is known of an event or an action, from the webhook to the provider. For the role viewer. */
  "GET /api/trace/{id}": {
    asked: {
      path: { id: string };
    };
    answer: Trace;
  };
  /** By any id: a trace, a list, or why there is nothing. For the role viewer. */
  "GET /api/find": {
    asked: {
      query: { id: string | number; limit?: string | number | undefined; cursor?: string | number | undefined };
    };
    answer: {
      reference: string;
      trace: Trace | null;
      case?: CaseRow | undefined;
      letter?: LetterRow | undefined;
      items: {
        id: string;
        action: string | null;
        /** in epoch milliseconds */
        at: number;
        type: string;
        state: string;
        amountMinor: number | null;
        currency: string | null;
      }[];
      isMore: boolean;
      removed: number;
      /** the cursor of the next page; null: this was the last */
      next: string | null;
    };
  };
  /** The bytes of an event as they were stored. For the role viewer. */
  "GET /api/raw/{id}": {
    asked: {
      path: { id: string };
    };
    text: "text/plain";
  };
  /** Cases by what they are about, in pages: newest, oldest or dearest first, or what is due first. For the role viewer. */
  "GET /api/cases": {
    asked: {
      query?: { state?: "open" | "approved" | "denied" | "closed" | undefined; information?: "yes" | "no" | undefined; kind?: "refund" | "failed_payment" | "authorization" | "subscription" | "dispute" | "fraud_warning" | "unknown_outcome" | "defective" | "denied_before" | "other" | "information" | undefined; rule?: string | number | undefined; customer?: string | number | undefined; payment?: string | number | undefined; owner?: string | number | undefined; group?: string | number | undefined; asked?: "yes" | "no" | undefined; minUsdCents?: string | number | undefined; maxUsdCents?: string | number | undefined; since?: string | number | undefined; until?: string | number | undefined; dueUntil?: string | number | undefined; order?: "newest" | "oldest" | "dearest" | "due" | undefined; limit?: string | number | undefined; cursor?: string | number | undefined };
    };
    answer: {
      items: CaseRow[];
      /** the cursor of the next page; null: this was the last */
      next: string | null;
    };
  };
  /** The case that you work next: by policy's priority, what is due first, and nothing that is aside or somebody else's. For the role reviewer. */
  "GET /api/cases/next": {
    asked: {
      query?: { kind?: "refund" | "failed_payment" | "authorization" | "subscription" | "dispute" | "fraud_warning" | "unknown_outcome" | "defective" | "denied_before" | "other" | "information" | undefined };
    };
    answer: {
      case: CaseRow | null;
    };
  };
  /** Cases that name an id: their own, of an action, an event, a payment or a customer; fifty at most. For the role viewer. */
  "GET /api/cases/search": {
    asked: {
      query: { id: string | number };
    };
    answer: {
      items: CaseRow[];
    };
  };
  /** What nobody judges one by one: open cases of one kind, rule and circumstance. For the role viewer. */
  "GET /api/cases/groups": {
    asked: {
      query?: { limit?: string | number | undefined; cursor?: string | number | undefined };
    };
    answer: {
      items: {
        key: string;
        count: number;
        worthUsdCents: number;
        /** in epoch milliseconds */
        firstAt: number;
        /** in epoch milliseconds */
        lastAt: number;
      }[];
      /** the cursor of the next page; null: this was the last */
      next: string | null;
    };
  };
  /** Closes the next cases of one group, each as a decision of its own; `dryRun` only says which. Nothing is approved by the group. For the role reviewer. */
  "POST /api/cases/groups/close": {
    asked: {
      body: {
        group: string;
        code: string;
        until: number;
        dryRun?: boolean | undefined;
        /** the `next` of the previous page; absent: the first page */
        cursor?: string | undefined;
      };
      key?: string | undefined;
    };
    answer: {
      closed: number;
      ids: string[];
      notClosed: {
        id: string;
        why: string;
      }[];
      next: string | null;
    };
  };
  /** One person's yes to exactly what was shown, or to what the body changes of it. For the role approver. */
  "POST /api/cases/{id}/approve": {
    asked: {
      path: { id: string };
      body: {
        /** which opening of the case is meant */
        round: number;
        /** the hash of what was shown */
        proposal: string;
        overrides?: ("duplicate" | "confidence" | "window" | "four_eyes" | "envelope")[] | undefined;
        change?: {
          /** a whole number above 0 in minor units, like 4250 for 42.50 USD */
          amountMinor?: number | undefined;
          currency?: string | undefined;
          /** another variant, such as capture or release */
          variant?: string | undefined;
          payment?: string | undefined;
          invoice?: string | undefined;
          subscription?: string | undefined;
        } | undefined;
        reason?: string | undefined;
      };
      key?: string | undefined;
    };
    answer: {
      kind: "approved" | "half";
      event: string | null;
      approvers: string[];
      needs: 1 | 2;
      /** in epoch milliseconds */
      expiresAt: number;
      says: string;
    };
  };
  /** A no: it is never executed, and stands for policy's time. For the role reviewer. */
  "POST /api/cases/{id}/deny": {
    asked: {
      path: { id: string };
      body: DeclineBody;
      key?: string | undefined;
    };
    answer: CaseDeclined;
  };
  /** Ends a case without a decision: nothing is left to do. For the role reviewer. */
  "POST /api/cases/{id}/close": {
    asked: {
      path: { id: string };
      body: DeclineBody;
      key?: string | undefined;
    };
    answer: CaseDeclined;
  };
  /** Gives the case to one person: you, somebody by id, or nobody (`to` null). `take` takes it over from another. For the role reviewer. */
  "POST /api/cases/{id}/assign": {
    asked: {
      path: { id: string };
      body: {
        to?: string | null | undefined;
        take?: boolean | undefined;
      };
      key?: string | undefined;
    };
    answer: CaseDone;
  };
  /** Writes a note beside the case; what names a person or a card is masked. For the role reviewer. */
  "POST /api/cases/{id}/note": {
    asked: {
      path: { id: string };
      body: {
        text: string;
      };
      key?: string | undefined;
    };
    answer: CaseDone;
  };
  /** Puts the case aside until a time: not beyond its own, and not for longer than policy says. For the role reviewer. */
  "POST /api/cases/{id}/snooze": {
    asked: {
      path: { id: string };
      body: {
        /** until when, in epoch milliseconds */
        until: number;
      };
      key?: string | undefined;
    };
    answer: CaseDone;
  };
  /** Asks for more: the case waits for an answer (`case` in POST /v1/requests), until its time passes. For the role reviewer. */
  "POST /api/cases/{id}/ask": {
    asked: {
      path: { id: string };
      body: {
        text: string;
      };
      key?: string | undefined;
    };
    answer: CaseDone;
  };
  /** Answers what was asked, and brings the case to the front. For the role reviewer. */
  "POST /api/cases/{id}/answer": {
    asked: {
      path: { id: string };
      body: {
        text: string;
      };
      key?: string | undefined;
    };
    answer: CaseDone;
  };
  /** Says on two cases that they belong together. For the role reviewer. */
  "POST /api/cases/{id}/link": {
    asked: {
      path: { id: string };
      body: {
        other: string;
      };
      key?: string | undefined;
    };
    answer: CaseDone;
  };
  /** Puts the customer of the case on hold, in the name of the case: nothing of them is executed until it is lifted. For the role reviewer. */
  "POST /api/cases/{id}/hold": {
    asked: {
      path: { id: string };
      body: {
        /** a text that says why */
        reason: string;
      };
      key?: string | undefined;
    };
    answer: HoldDone;
  };
  /** One case with all that its decision needs. For the role viewer. */
  "GET /api/cases/{id}": {
    asked: {
      path: { id: string };
    };
    answer: {
      case: CaseRow;
      trace: Trace | null;
      details: CaseDetails;
      notes: {
        event: string;
        what: string;
        /** in epoch milliseconds */
        at: number;
        byName: string;
        text: string;
      }[];
      links: {
        other: string;
        /** in epoch milliseconds */
        at: number;
      }[];
      similar: {
        id: string;
        because: string;
        code: string | null;
      }[];
      history: {
        cases: { [name in string]?: unknown }[];
        find: string[];
      };
      decide: DecideOn | null;
      codes: {
        /** the reason codes of the policy in force, with their words */
        deny: { [name in string]?: string };
        /** the reason codes of the policy in force, with their words */
        close: { [name in string]?: string };
      } | null;
    };
  };
  /** What could not be delivered, newest first, in pages. For the role viewer. */
  "GET /api/dead-letters": {
    asked: {
      query?: { queue?: "events" | "events-batch" | "authorize" | "refund" | "retry" | "subscription" | "escalate" | undefined; reason?: "bug" | "malformed_message" | "ledger_unavailable" | "gate_unavailable" | "records_unavailable" | "queue_exhausted" | "claude_rate_limited" | "claude_spend_limit" | "claude_overloaded" | "claude_unavailable" | "claude_timeout" | "claude_unauthorized" | "claude_model_missing" | "claude_refused" | "claude_truncated" | "claude_malformed" | "claude_bad_request" | "claude_too_large" | "provider_rate_limited" | "provider_unavailable" | "provider_unauthorized" | "provider_refused" | "provider_not_found" | "account_unreachable" | "grant_invalid" | "grant_not_yet" | "decline_unseen" | "guardrail" | undefined; group?: string | number | undefined; state?: "dead" | "redriving" | "redriven" | "discarded" | undefined; since?: string | number | undefined; until?: string | number | undefined; limit?: string | number | undefined; cursor?: string | number | undefined };
    };
    answer: {
      items: LetterRow[];
      /** the cursor of the next page; null: this was the last */
      next: string | null;
    };
  };
  /** Dead letters by failure: the groups with the most first, and what the filter finds in all. For the role viewer. */
  "GET /api/dead-letters/groups": {
    asked: {
      query?: { queue?: "events" | "events-batch" | "authorize" | "refund" | "retry" | "subscription" | "escalate" | undefined; reason?: "bug" | "malformed_message" | "ledger_unavailable" | "gate_unavailable" | "records_unavailable" | "queue_exhausted" | "claude_rate_limited" | "claude_spend_limit" | "claude_overloaded" | "claude_unavailable" | "claude_timeout" | "claude_unauthorized" | "claude_model_missing" | "claude_refused" | "claude_truncated" | "claude_malformed" | "claude_bad_request" | "claude_too_large" | "provider_rate_limited" | "provider_unavailable" | "provider_unauthorized" | "provider_refused" | "provider_not_found" | "account_unreachable" | "grant_invalid" | "grant_not_yet" | "decline_unseen" | "guardrail" | undefined; group?: string | number | undefined; state?: "dead" | "redriving" | "redriven" | "discarded" | undefined; since?: string | number | undefined; until?: string | number | undefined; limit?: string | number | undefined; cursor?: string | number | undefined };
    };
    answer: {
      items: {
        group: string;
        queue: string;
        reason: string;
        /** what failed, without ids and numbers */
        detail: string;
        count: number;
        /** in epoch milliseconds */
        first: number;
        /** in epoch milliseconds */
        last: number;
        /** the newest letter of the group */
        example: string;
      }[];
      /** the cursor of the next page; null: this was the last */
      next: string | null;
      total: {
        count: number;
        first: number | null;
        last: number | null;
      };
      /** letters that have no group yet: ask again until there are none */
      ungrouped: number;
    };
  };
  /** One dead letter. For the role viewer. */
  "GET /api/dead-letters/{id}": {
    asked: {
      path: { id: string };
    };
    answer: LetterRow;
  };
  /** The event of a dead letter as it may be edited and sent, or why it may not. For the role viewer. */
  "GET /api/dead-letters/{id}/event": {
    asked: {
      path: { id: string };
    };
    answer: {
      event: {
        id: string;
        type: string;
      };
    };
  };
  /** Sends dead letters back to work. For the role operator. */
  "POST /api/dead-letters/redrive": {
    asked: {
      body: {
        ids: unknown[];
      };
      key?: string | undefined;
    };
    answer: LettersActed;
  };
  /** Keeps dead letters as done with, and sends nothing. For the role operator. */
  "POST /api/dead-letters/discard": {
    asked: {
      body: {
        ids: unknown[];
        /** a text that says why */
        reason: string;
      };
      key?: string | undefined;
    };
    answer: LettersActed;
  };
  /** Sends an edited event in place of one that died, in the person's name: a new event, and the same fact. For the role operator. */
  "POST /api/dead-letters/edit": {
    asked: {
      body: {
        id: string;
        event: {
          /** a text without spaces like "evt-1042", yours alone */
          id: string;
          /** a text like "invoice.payment_failed" */
          type: string;
          /** ISO 8601 with a time zone like "2026-11-02T09:00:00Z", or whole milliseconds since 1970 */
          occurredAt: number | string;
          mode: "live" | "test";
          /** an id as a text without spaces */
          account?: string | undefined;
          /** an id as a text without spaces */
          payment?: string | undefined;
          /** an id as a text without spaces */
          charge?: string | undefined;
          /** an id as a text without spaces */
          invoice?: string | undefined;
          /** an id as a text without spaces */
          customer?: string | undefined;
          /** an id as a text without spaces */
          subscription?: string | undefined;
          /** an id as a text without spaces */
          dispute?: string | undefined;
          /** an id as a text without spaces */
          refund?: string | undefined;
          /** a short text, as the provider writes it */
          refundStatus?: string | undefined;
          /** an integer in minor units, like 4250 for 42.50 USD */
          amountMinor?: number | undefined;
          /** three letters like USD */
          currency?: string | undefined;
          /** a short text, as the provider writes it */
          declineCode?: string | undefined;
          /** a short text, as the provider writes it */
          adviceCode?: string | undefined;
          /** a short text, as the provider writes it */
          riskLevel?: string | undefined;
          /** an id as a text without spaces */
          object?: string | undefined;
          /** a short text, as the provider writes it */
          disputeStatus?: string | undefined;
          /** a short text, as the provider writes it */
          disputeReason?: string | undefined;
          /** a number of milliseconds since 1970 */
          evidenceDueBy?: number | undefined;
          /** a short text, as the provider writes it */
          circumstance?: string | undefined;
          /** a whole number, not negative */
          attempt?: number | undefined;
          /** a number of milliseconds since 1970 */
          nextAttemptAt?: number | undefined;
          actionId?: string | undefined;
          /** what somebody wrote */
          text?: string | undefined;
          requester?: "staff" | "customer" | undefined;
          proposed?: {
            action: "authorize" | "refund" | "retry" | "pause" | "resume" | "downgrade" | "cancel" | "escalate" | "none";
            variant?: "capture" | "release" | "keep_as_draft" | "mark_uncollectible" | "void" | "at_period_end" | "at_once" | undefined;
            /** a text that says why */
            reason: string;
          } | undefined;
          defects?: string[] | undefined;
          lane?: "live" | "batch" | undefined;
        };
        /** a text that says why */
        reason?: string | undefined;
      };
      key?: string | undefined;
    };
    answer: {
      result: "edited";
      /** the new event */
      event: string;
      /** the events that this stored */
      events?: string[] | undefined;
    };
  };
  /** Writes a page of what people work with in D1 again from the ledger; go on with `next`. For the role operator. */
  "POST /api/records/rebuild": {
    asked: {
      body: {
        /** the `next` of the previous answer; absent: from the beginning */
        cursor?: string | undefined;
      };
      key?: string | undefined;
    };
    answer: {
      restored: {
        cases: number;
        deadLetters: number;
        acts: number;
        audit: number;
      };
      unproven: string[];
      done: number;
      of: number;
      next: string | null;
    };
  };
  /** What is held back, newest first. For the role viewer. */
  "GET /api/holds": {
    asked: {};
    answer: {
      items: HoldRow[];
    };
  };
  /** Puts a scope on hold: nothing of it is executed until the hold is lifted. For the role operator. */
  "POST /api/holds": {
    asked: {
      body: {
        /** "all", or one of provider, kind, account, customer, subscription, invoice, payment, charge, a colon, and its name or id */
        scope: string;
        /** a text that says why */
        reason: string;
      };
      key?: string | undefined;
    };
    answer: HoldDone;
  };
  /** Lifts a hold: what waited for it goes on. For the role operator. */
  "POST /api/holds/lift": {
    asked: {
      body: {
        /** "all", or one of provider, kind, account, customer, subscription, invoice, payment, charge, a colon, and its name or id */
        scope: string;
        /** a text that says why */
        reason?: string | undefined;
      };
      key?: string | undefined;
    };
    answer: {
      result: "lifted" | "lifted_before";
      lift: LiftRow;
      woken: number;
      /** the events that this stored */
      events?: string[] | undefined;
    } | {
      result: "not_held";
      scope: string;
      /** the events that this stored */
      events?: string[] | undefined;
    };
  };
  /** Who you are here, and what you may do. For the role viewer. */
  "GET /api/me": {
    asked: {};
    answer: {
      id: string;
      name: string;
      human: boolean;
      roles: ("viewer" | "reviewer" | "approver" | "operator" | "admin")[];
    };
  };
  /** Who may act, and who was revoked; the first admin of the configuration comes first. For the role viewer. */
  "GET /api/people": {
    asked: {
      query?: { limit?: string | number | undefined; cursor?: string | number | undefined };
    };
    answer: {
      items: PersonRow[];
      /** the cursor of the next page; null: this was the last */
      next: string | null;
    };
  };
  /** Adds a person with roles: a subject or a service token of Cloudflare Access, or somebody who gets a token. For the role admin. */
  "POST /api/people": {
    asked: {
      body: {
        /** a person's name */
        name: string;
        roles: ("viewer" | "reviewer" | "approver" | "operator" | "admin")[];
        /** the subject of a person in Cloudflare Access */
        subject?: string | undefined;
        /** the name of a service token of Cloudflare Access */
        service?: string | undefined;
        reason?: string | undefined;
      };
      key?: string | undefined;
    };
    answer: PersonChanged;
  };
  /** Gives another person these roles in place of theirs, or a new token. For the role admin. */
  "POST /api/people/{id}/change": {
    asked: {
      path: { id: string };
      body: {
        roles?: ("viewer" | "reviewer" | "approver" | "operator" | "admin")[] | undefined;
        newToken?: boolean | undefined;
        reason?: string | undefined;
      };
      key?: string | undefined;
    };
    answer: PersonChanged;
  };
  /** Takes everything from another person, from their next request on. For the role admin. */
  "POST /api/people/{id}/revoke": {
    asked: {
      path: { id: string };
      body: {
        reason?: string | undefined;
      };
      key?: string | undefined;
    };
    answer: PersonChanged;
  };
  /** What people have done, newest first: by person, by what it was about, by time. For the role viewer. */
  "GET /api/audit": {
    asked: {
      query?: { person?: string | number | undefined; about?: string | number | undefined; since?: string | number | undefined; until?: string | number | undefined; limit?: string | number | undefined; cursor?: string | number | undefined };
    };
    answer: {
      items: AuditEntry[];
      /** the cursor of the next page; null: this was the last */
      next: string | null;
    };
  };
  /** Verifies a page of the audit against its chain and its signed head; go on with `next`. For the role viewer. */
  "GET /api/audit/verify": {
    asked: {
      query?: { cursor?: string | number | undefined; kept?: string | number | undefined };
    };
    answer: {
      done: number;
      of: number;
      /** the newest entry, as the writer signed it: keep it elsewhere, and compare with it later */
      head: {
        n: number;
        hash: string;
        kid: string;
        signature: string;
      };
      findings: AuditFinding[];
      more: number;
      next: string | null;
    };
  };
  /** Acts that the ledger has and the audit has no entry of, a page of the ledger at a time; go on with `next`. For the role viewer. */
  "GET /api/audit/acts": {
    asked: {
      query?: { cursor?: string | number | undefined };
    };
    answer: {
      acts: number;
      done: number;
      of: number;
      findings: AuditFinding[];
      more: number;
      next: string | null;
    };
  };
  /** One entry of the audit, with the words of its act where they are still kept. For the role viewer. */
  "GET /api/audit/{n}": {
    asked: {
      path: { n: string };
    };
    answer: {
      entry: AuditEntry;
      words: "none" | "kept" | "changed" | "removed";
      text: string | null;
    };
  };
  /** Removes what was written about somebody from the ledger, D1 and the gate, at once and for good. For the role operator. */
  "POST /api/redact": {
    asked: {
      body: {
        /** of an event, action, case, dead letter, payment, customer … */
        id: string;
        reason?: string | undefined;
        evenOpen?: boolean | undefined;
        /** true: says what would be removed, and removes and records nothing */
        dryRun?: boolean | undefined;
      };
      key?: string | undefined;
    };
    answer: {
      redacted: {
        events: number;
        decisions: number;
        actions: number;
        cases: number;
        notes: number;
        letters: number;
        holds: number;
      };
      refused: {
        id: string;
        why: "open" | "waits";
        says: string;
      }[];
      isMore: boolean;
      act: string | null;
    };
  };
  /** The policy in force with its document, or another version of it. For the role viewer. */
  "GET /api/policy": {
    asked: {
      query?: { version?: string | number | undefined };
    };
    answer: {
      /** a version of the policy: 32 hexadecimal digits, the hash of the document */
      version: string;
      document: PolicyDocument;
      publication: Publication | null;
      draft: Draft | null;
    };
  };
  /** The document with which a deployment of this release begins. For the role viewer. */
  "GET /api/policy/default": {
    asked: {};
    answer: {
      /** a version of the policy: 32 hexadecimal digits, the hash of the document */
      version: string;
      document: PolicyDocument;
    };
  };
  /** The JSON schema of the document: what each number means, and where a rule comes from. For the role viewer. */
  "GET /api/policy/schema": {
    asked: {};
    answer: { [name in string]?: unknown };
  };
  /** What was drafted, newest first. For the role viewer. */
  "GET /api/policy/drafts": {
    asked: {};
    answer: {
      items: Draft[];
    };
  };
  /** How a draft or an earlier version differs from the policy in force, and what speaks against it. For the role viewer. */
  "GET /api/policy/diff": {
    asked: {
      query: { version: string | number };
    };
    answer: {
      /** a version of the policy: 32 hexadecimal digits, the hash of the document */
      version: string;
      /** the published version with which it was compared */
      over: string;
      changes: PolicyChange[];
      /** why it cannot be published */
      breaches: string[];
      /** what to know before it is published */
      warnings: string[];
    };
  };
  /** What was published, newest first. For the role viewer. */
  "GET /api/policy/history": {
    asked: {
      query?: { limit?: string | number | undefined; before?: string | number | undefined };
    };
    answer: {
      items: Publication[];
      next: number | null;
    };
  };
  /** Keeps a document as a draft. Who may is said by the policy in force (publishing.mayDraft). For the role viewer. */
  "POST /api/policy/draft": {
    asked: {
      body: {
        document: PolicyDocument;
        /** why */
        reason?: string | undefined;
      };
      key?: string | undefined;
    };
    answer: {
      /** a version of the policy: 32 hexadecimal digits, the hash of the document */
      version: string;
      /** the published version with which it was compared */
      over: string;
      changes: PolicyChange[];
      /** why it cannot be published */
      breaches: string[];
      /** what to know before it is published */
      warnings: string[];
      result: "drafted" | "drafted_before";
      draft: Draft;
    };
  };
  /** Publishes a version over the one that it was compared with. Who may, the four eyes and the bounds are those of the policy in force (publishing). For the role viewer. */
  "POST /api/policy/publish": {
    asked: {
      body: {
        /** a version of the policy: 32 hexadecimal digits, the hash of the document */
        version: string;
        /** the version with which it was compared: another one in force is a conflict. Absent: what its author compared it with */
        over?: string | undefined;
        /** why */
        reason?: string | undefined;
      };
      key?: string | undefined;
    };
    answer: PolicyPublished;
  };
  /** Publishes an earlier version again: a publication like any other. Without a version: the one before. For the role viewer. */
  "POST /api/policy/rollback": {
    asked: {
      body: {
        /** a version of the policy: 32 hexadecimal digits, the hash of the document */
        version?: string | undefined;
        /** the version with which it was compared: another one in force is a conflict. Absent: what its author compared it with */
        over?: string | undefined;
        /** why */
        reason?: string | undefined;
      };
      key?: string | undefined;
    };
    answer: PolicyPublished;
  };
  /** This document. For the role viewer. */
  "GET /api/openapi.json": {
    asked: {};
    answer: {
      openapi: string;
    };
  };
};
