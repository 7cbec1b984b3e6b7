import type { Simulator } from '../../simulator/server.ts';

export type ApiAnswer = { readonly status: number; readonly headers: Headers; readonly body: unknown };
export type ApiCaller = (method: string, path: string, body?: unknown) => Promise<ApiAnswer>;

/** Calls the simulated REST API with its token, as any client would. A body that is a string is sent as it is. */
export function createApiCaller({ url, token }: Pick<Simulator, 'url' | 'token'>): ApiCaller {
  return async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'Intercom-Version': '2.16' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, headers: response.headers, body: isJson ? parseLeniently(text) : text };
  };
}

/** Trouble on demand sends broken JSON too. */
function parseLeniently(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
