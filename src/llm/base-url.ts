import { fail, ok } from '../lib/result.ts';
import type { Result } from '../lib/result.ts';

const endpoint = /\/(chat\/completions|completions|models)$/;
const versionSegment = /^v\d/;

/**
 * Reads the address of a model server as people write it and gives the root of its API, without a
 * slash at the end: `http://gpu:8000`, `http://gpu:8000/v1/` and `http://gpu:8000/v1/models` all
 * become `http://gpu:8000/v1`. A path that names a version of its own (`/v1beta/openai`) is kept.
 * An empty address is refused: some client libraries take it for a public cloud.
 */
export function parseBaseUrl(raw: string): Result<URL> {
  const text = raw.trim();
  if (text === '')
    return fail('The address of the model server is empty. Set LLM_BASE_URL, such as http://gpu:8000/v1.');
  if (!URL.canParse(text) || !/^https?:\/\//i.test(text)) {
    return fail('The address of the model server must start with http:// or https://, such as http://gpu:8000/v1.');
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return fail('The address of the model server must not hold a name or a password. Put the key into LLM_API_KEY.');
  }
  if (url.search !== '' || url.hash !== '') {
    return fail('The address of the model server must end with its path, without "?" or "#".');
  }
  const path = url.pathname.replace(/\/+$/, '').replace(endpoint, '');
  const hasVersion = path.split('/').some((segment) => versionSegment.test(segment));
  url.pathname = hasVersion ? path : `${path}/v1`;
  return ok(url);
}

/** The root of a server, before the version in the path: what is no part of OpenAI's API lies there. */
export function serverRoot(baseUrl: URL): URL {
  const url = new URL(baseUrl);
  url.pathname = baseUrl.pathname.replace(/\/v\d[^/]*\/?$/, '');
  return url;
}
