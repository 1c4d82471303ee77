/** The ledger Worker: only Durable Objects. No route is public; everybody else calls the objects' methods. */
export { Gate } from "./gate-object.ts";
export { LedgerShard } from "./shard-object.ts";

export default {} satisfies ExportedHandler<LedgerEnv>;
