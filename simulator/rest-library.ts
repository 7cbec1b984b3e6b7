import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { z } from 'zod';
import type { Library } from './library.ts';
import { articleOnWire, internalArticleOnWire, macroOnWire } from './serialise-library.ts';

const PageQuery = z.object({
  page: z.coerce.number().int().min(1).default(1),
  per_page: z.coerce.number().int().min(1).max(250).default(25),
});
const MacroQuery = z.object({
  per_page: z.coerce.number().int().min(1).max(150).default(50),
  starting_after: z.string().optional(),
});

/** The paths of what a team keeps to be read. Articles are listed whether published or not. */
export function addLibrary(rest: Hono<{ Bindings: HttpBindings }>, library: Library, appId: string): void {
  rest.get('/articles', (context) => {
    const articles = library.articles().map((article) => articleOnWire(article, appId));
    return context.json(pageOf(articles, context.req.query()));
  });
  rest.get('/articles/:id', (context) => context.json(articleOnWire(library.article(context.req.param('id')), appId)));
  rest.get('/internal_articles', (context) =>
    context.json(pageOf(library.internalArticles().map(internalArticleOnWire), context.req.query())),
  );
  rest.get('/macros', (context) => {
    const { per_page: perPage, starting_after: after } = MacroQuery.parse(context.req.query());
    const macros = library.macros();
    const from = after === undefined ? 0 : macros.findIndex(({ id }) => id === after) + 1;
    const shown = macros.slice(from, from + perPage);
    const last = from + perPage < macros.length ? shown.at(-1) : undefined;
    const next = last === undefined ? null : { starting_after: last.id };
    const pages = { type: 'pages', per_page: perPage, next };
    return context.json({ type: 'list', data: shown.map(macroOnWire), pages });
  });
}

function pageOf(all: readonly unknown[], query: unknown) {
  const { page, per_page: perPage } = PageQuery.parse(query);
  return {
    type: 'list',
    pages: { type: 'pages', page, per_page: perPage, total_pages: Math.ceil(all.length / perPage) },
    total_count: all.length,
    data: all.slice((page - 1) * perPage, page * perPage),
  };
}
