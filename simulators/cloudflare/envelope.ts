/** The envelope of Cloudflare's API v4: every answer is `{success, errors, messages, result}`. */

export interface Reply {
  status: number;
  body: unknown;
}

/** A refusal, with the code that wrangler branches on. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function ok(result: unknown, resultInfo?: object): Reply {
  const info = resultInfo === undefined ? {} : { result_info: resultInfo };
  return { status: 200, body: { success: true, errors: [], messages: [], result, ...info } };
}

/** One page with everything: no account of the stand-in has more. */
export function page(list: readonly unknown[]): Reply {
  const count = list.length;
  return ok(list, { page: 1, per_page: Math.max(count, 20), count, total_count: count, total_pages: 1 });
}

export function refused({ status, code, message }: Refusal): Reply {
  return { status, body: { success: false, errors: [{ code, message }], messages: [], result: null } };
}

export const noWorker = (): Refusal => new Refusal(404, 10007, "This Worker does not exist on your account.");
export const noService = (): Refusal => new Refusal(404, 10090, "This service does not exist on your account.");
