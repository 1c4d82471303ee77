import type { KeptNotice, NoticeKept } from "../../contracts/ledger.ts";
import type { NoticeView, RowRef } from "../../contracts/views.ts";
import { DAY_MS } from "../../core/time.ts";
import type { ShardContext } from "../shard/context.ts";
import { viewOfAction, viewOfEvent } from "../shard/views.ts";
import { placeOf } from "./follow.ts";

/** A shard's calls about notices: for who opens their cases, and closes them. */
export function noticeCalls({ store, notices, unclaimed }: Pick<ShardContext, "store" | "notices" | "unclaimed">) {
  function viewOf(ref: RowRef): NoticeView | null {
    const notice = notices.of(ref.id);
    if (notice === null) return null;
    const { state, at, since, why } = notice;
    if (ref.kind === "event") {
      const row = store.event(ref.id);
      return row === null ? null : { state, at, since, why, event: viewOfEvent(row), action: null };
    }
    const row = store.action(ref.id);
    return row === null ? null : { state, at, since, why, event: null, action: viewOfAction(row) };
  }

  return {
    notices: (refs: RowRef[]): (NoticeView | null)[] => refs.map(viewOf),

    /** Only of the notice that was acted on: the row may have had news since, or wait once more. */
    noticeKept: (items: KeptNotice[], now: number): NoticeKept[] =>
      items.map(({ row, state, at }) => {
        unclaimed.delete(placeOf(row.id));
        const notice = notices.of(row.id);
        if (notice === null || notice.state !== state || notice.at !== at) return "moved_on";
        if (state === "closing") notices.remove(row.id);
        else notices.save({ ...notice, state: "open", due: now + DAY_MS, rings: 0 });
        return "kept";
      }),
  };
}
