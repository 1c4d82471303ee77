import type { FoundReference } from "../agents/text/references.ts";
import type { Reference } from "../contracts/provider.ts";

/** The reference that a provider can look up, for one that an agent chose; null where the provider cannot. Pure. */
export function referenceOf({ kind, value }: Pick<FoundReference, "kind" | "value">): Reference | null {
  switch (kind) {
    case "payment":
    case "charge":
    case "invoice":
      return { kind, id: value };
    case "invoiceNumber":
      return { kind, number: value };
    case "subscription":
      return { kind, id: value };
    case "customer":
      return null;
  }
}
