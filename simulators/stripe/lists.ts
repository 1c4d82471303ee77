/** Stripe's lists: newest first, `limit`, `starting_after`, `ending_before`, `created`. https://docs.stripe.com/api/pagination */

import type Stripe from "stripe";

import { invalidRequest, missingResource } from "./errors.ts";
import { type AnyResource, createdOf } from "./resources.ts";
import { type Context, isVisible } from "./world.ts";

export interface List<T> {
  object: "list";
  data: T[];
  has_more: boolean;
  url: string;
}

export interface Paging {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: Stripe.RangeQueryParam | number;
}

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 100;

/** `objects` are newest first; those of the other mode are left out. */
export function listPage<T extends AnyResource>(
  context: Context,
  url: string,
  objects: readonly T[],
  paging: Paging,
): List<T> {
  const visible = objects.filter(
    (object) => isVisible(context, object) && isInRange(createdOf(object), paging.created),
  );
  const limit = pageSize(paging.limit);
  if (paging.starting_after !== undefined && paging.ending_before !== undefined) {
    throw invalidRequest("You cannot parameterize both starting_after and ending_before.", { param: "ending_before" });
  }
  if (paging.ending_before !== undefined) {
    const end = positionOf(context, visible, paging.ending_before, "ending_before");
    const start = Math.max(0, end - limit);
    return { object: "list", data: visible.slice(start, end), has_more: start > 0, url };
  }
  const start =
    paging.starting_after === undefined ? 0 : positionOf(context, visible, paging.starting_after, "starting_after") + 1;
  return {
    object: "list",
    data: visible.slice(start, start + limit),
    has_more: visible.length > start + limit,
    url,
  };
}

export function pageSize(limit: number | undefined): number {
  if (limit !== undefined && limit > LIMIT_MAX) {
    throw invalidRequest(`This value must be less than or equal to ${LIMIT_MAX}.`, {
      code: "parameter_invalid_integer",
      param: "limit",
    });
  }
  return limit ?? LIMIT_DEFAULT;
}

function positionOf(context: Context, objects: readonly AnyResource[], id: string, param: string): number {
  const position = objects.findIndex((object) => object.id === id);
  if (position !== -1) return position;
  const word = context.world.store.find(id)?.object ?? objects[0]?.object ?? "object";
  throw missingResource(word, id, param);
}

function isInRange(created: number, range: Stripe.RangeQueryParam | number | undefined): boolean {
  if (range === undefined) return true;
  if (typeof range === "number") return created === range;
  return (
    created > (range.gt ?? Number.NEGATIVE_INFINITY) &&
    created >= (range.gte ?? Number.NEGATIVE_INFINITY) &&
    created < (range.lt ?? Number.POSITIVE_INFINITY) &&
    created <= (range.lte ?? Number.POSITIVE_INFINITY)
  );
}
