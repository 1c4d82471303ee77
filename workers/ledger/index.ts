/** The ledger Worker: only Durable Objects. It has no public route; the other Workers call the objects' methods. */
export { Audit } from "./audit-object.ts";
export { Gate } from "./gate-object.ts";
export { LedgerShard } from "./shard-object.ts";

export default {} satisfies ExportedHandler<LedgerEnv>;
