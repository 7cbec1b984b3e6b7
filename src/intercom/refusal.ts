import { IntercomError } from './errors.ts';
import { type Headers, msUntilReset } from './rate-window.ts';
import { parseErrorCode } from './schema.ts';

/**
 * Intercom's word for the error, such as `conversation_not_found`. Its message is left out: it may repeat
 * what was sent, and what we say here goes into the log.
 */
function errorCode(body: string): string | undefined {
  try {
    const code = parseErrorCode(JSON.parse(body));
    return code !== undefined && /^[a-z_]{1,60}$/.test(code) ? code : undefined;
  } catch {
    return undefined; // a gateway's page: the status must do
  }
}

/** The error that a status other than 2xx stands for. `what` names the call, such as `GET /me`. */
export function refusal(what: string, status: number, headers: Headers, body: string): IntercomError {
  const code = errorCode(body);
  const said = code === undefined ? `${status}` : `${status} ${code}`;
  switch (true) {
    case status === 401:
      return new IntercomError(
        'misconfigured',
        `Intercom refused the access token (${what} gave ${said}): set INTERCOM_TOKEN to the token on the app's Authentication page and restart, or put it into the file of INTERCOM_TOKEN_FILE, which is read again by itself.`,
        { status },
      );
    case status === 403:
      return new IntercomError(
        'misconfigured',
        `Intercom does not allow ${what} (${said}): give the app the scopes that docs/set-up.md lists.`,
        { status },
      );
    case status === 404 && code === 'admin_not_found':
      return new IntercomError(
        'misconfigured',
        `Intercom knows no teammate with the id in INTERCOM_ADMIN_ID (${what} gave ${said}): set it to one of the workspace's teammates.`,
        { status },
      );
    case status === 404 && code === undefined:
      return new IntercomError(
        'away',
        `What answered ${what} (${status}) does not speak as Intercom does: check INTERCOM_API_URL, and what stands between.`,
        { status },
      );
    case status === 404 || status === 410: // 410: of a contact that was merged into another
      return new IntercomError('gone', `Intercom does not know what ${what} asks for (${said}).`, { status });
    case status === 429:
      return new IntercomError('limited', `Intercom's rate limit is used up (${what} gave ${said}).`, {
        status,
        retryAfterMs: msUntilReset(headers),
      });
    case status >= 400 && status < 500 && status !== 408 && status !== 409:
      return new IntercomError('rejected', `Intercom rejected ${what} (${said}).`, { status });
    case status >= 300 && status < 400:
      return new IntercomError(
        'away',
        `Intercom answered ${what} with a redirect (${status}), which is not followed: check INTERCOM_API_URL.`,
        { status },
      );
    default:
      return new IntercomError('away', `Intercom failed at ${what} (${said}).`, { status });
  }
}
