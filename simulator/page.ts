import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';

const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The page with the Messenger and the Inbox: the files of `public/`, under a policy that runs no
 * inline script and loads nothing from elsewhere. Bodies are sanitised before they are kept; the
 * policy is the second wall.
 */
export function createPage(): Hono {
  const page = new Hono();
  const serve = async (file: string): Promise<Response> => {
    const contentType = contentTypes[file.split('.').at(-1) ?? ''];
    if (contentType === undefined) return new Response('Not found', { status: 404 });
    const body = await readFile(new URL(`./public/${file}`, import.meta.url));
    return new Response(body, {
      headers: {
        'Content-Type': contentType,
        'Content-Security-Policy': contentSecurityPolicy,
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'no-referrer',
        'Cache-Control': 'no-cache',
      },
    });
  };
  page.get('/', () => serve('index.html'));
  page.get('/page/:file{[a-z-]+\\.(?:js|css|svg)}', async (context) => {
    try {
      return await serve(context.req.param('file'));
    } catch {
      return context.text('Not found', 404);
    }
  });
  return page;
}
