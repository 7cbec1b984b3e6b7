/** A call to Intercom that did not give what it should. What to do about it is in `kind`, never in the text. */
export class IntercomError extends Error {
  override readonly name = 'IntercomError';
  /**
   * `misconfigured`: 401, 403 or an unknown teammate, a person must act. `gone`: by Intercom's own word there is no such thing any more.
   * `rejected`: 4xx, this very request is wrong. `limited`: 429. `away`: no answer, 5xx, or an answer that
   * is not Intercom's; a write may or may not have taken effect.
   */
  readonly kind: 'misconfigured' | 'gone' | 'rejected' | 'limited' | 'away';
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: IntercomError['kind'],
    message: string,
    options: { readonly status?: number; readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}
