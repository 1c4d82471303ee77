import * as v from "valibot";
import served from "../../../docs/openapi.json" with { type: "json" };
import { route } from "../route.ts";

/** Made by `npm run client` from this table, and not here: what makes it would be most of this Worker. A test compares the two. */
const document = route({
  method: "GET",
  path: "/api/openapi.json",
  role: "viewer",
  summary: "This document.",
  answer: v.looseObject({ openapi: v.string() }),
  handle: async () => served,
});

export const DOCUMENT = [document];
