/** An answer of the API that is an error; the REST layer turns it into Intercom's `error.list`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** The request's field that is wrong. */
  readonly field: string | null;

  constructor(status: number, code: string, message: string, more: ErrorOptions & { readonly field?: string } = {}) {
    super(message, more);
    this.status = status;
    this.code = code;
    this.field = more.field ?? null;
  }
}

/** @param requestId a UUID, as Intercom's support asks for */
export function errorList(error: { code: string; message: string; field?: string | null }, requestId: string) {
  const { code, message, field = null } = error;
  return { type: 'error.list', request_id: requestId, errors: [{ code, message, field }] };
}
