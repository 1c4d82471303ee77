/** Radar's reviews: read and approve. */

import type Stripe from "stripe";

import { type Endpoint, endpoint } from "../endpoint.ts";
import { invalidRequest } from "../errors.ts";
import { listPage } from "../lists.ts";
import { expand, paging, range } from "../params.ts";
import { type Context, emit, need, save } from "../world.ts";

export const reviewEndpoints: Endpoint[] = [
  endpoint<Stripe.ReviewListParams>({
    method: "GET",
    path: "/v1/reviews",
    params: { fields: { created: range, expand, ...paging } },
    run: (context, params) => {
      // Stripe lists the open ones only.
      const open = context.world.store.all("review").filter((review) => review.open);
      return listPage(context, "/v1/reviews", open, params);
    },
  }),
  endpoint<Stripe.ReviewRetrieveParams>({
    method: "GET",
    path: "/v1/reviews/:review",
    params: { fields: { expand } },
    run: (context, _params, id) => need(context, "review", id, "review"),
  }),
  endpoint<Stripe.ReviewApproveParams>({
    method: "POST",
    path: "/v1/reviews/:review/approve",
    params: { fields: { expand } },
    run: approve,
  }),
];

function approve(context: Context, _params: Stripe.ReviewApproveParams, id: string): Stripe.Review {
  const review = need(context, "review", id, "review");
  if (!review.open) throw invalidRequest(`Review ${id} is already closed.`, { param: "review" });
  closeReview(context, review, "approved");
  return review;
}

export function closeReview(context: Context, review: Stripe.Review, reason: Stripe.Review.ClosedReason): void {
  review.open = false;
  review.closed_reason = reason;
  review.reason = reason;
  save(context, review);
  emit(context, "review.closed", review, { open: true });
}
