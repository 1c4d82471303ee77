import * as z from "zod";

// What the caller's router sends. Read leniently: a field that is missing or null must not stop a decision.

const reference = z.object({
  ref: z.string(),
  kind: z.enum(["payment", "charge", "invoice", "subscription", "customer"]),
  value: z.string(),
});

const amount = z.object({ ref: z.string(), amount_minor: z.int(), currency: z.string().nullable() });

const routerEvent = z.object({
  fact: z.string(),
  decline_code: z.string().nullish(),
  risk_level: z.string().nullish(),
  text: z.string().nullish(),
  references: z.array(reference).nullish(),
  amounts: z.array(amount).nullish(),
  unexplained: z.array(z.string()).nullish(),
  hidden_characters: z.array(z.string()).nullish(),
});

export type Reference = z.infer<typeof reference>;
export type Amount = z.infer<typeof amount>;
export type RouterEvent = {
  fact: string;
  declineCode: string | undefined;
  riskLevel: string | undefined;
  text: string;
  references: readonly Reference[];
  amounts: readonly Amount[];
  unexplained: readonly string[];
  hiddenCharacters: readonly string[];
};

export function readRouterEvent(event: unknown): RouterEvent | undefined {
  const parsed = routerEvent.safeParse(event);
  if (!parsed.success) return undefined;
  const { data } = parsed;
  return {
    fact: data.fact,
    declineCode: data.decline_code ?? undefined,
    riskLevel: data.risk_level ?? undefined,
    text: data.text ?? "",
    references: data.references ?? [],
    amounts: data.amounts ?? [],
    unexplained: data.unexplained ?? [],
    hiddenCharacters: data.hidden_characters ?? [],
  };
}
