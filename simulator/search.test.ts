import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../test/support/fast-check.ts';
import { z } from 'zod';
import { createApiCaller } from '../test/support/api-caller.ts';
import { ApiError } from './errors.ts';
import { ListRequest, SearchRequest, matches, pageOf } from './search.ts';
import { startSimulator } from './server.ts';
import { Workspace } from './workspace.ts';

const List = z.object({
  conversations: z.array(z.object({ id: z.string() })),
  total_count: z.number(),
  pages: z.object({ next: z.object({ starting_after: z.string() }).nullable() }),
});

/** A closed conversation updated at 100 and an open one, tagged `spam`, updated at 200. */
function twoConversations() {
  const workspace = new Workspace({ appId: 'test', now: () => 100_000 });
  const { teammate } = workspace.cast;
  const { conversationId: early } = workspace.contactWrites({
    contactName: 'Ada',
    html: 'About a leak',
    createdAt: 90,
  });
  workspace.addPart(early, { author: teammate, partType: 'close', state: 'closed', createdAt: 100 });
  const { conversationId: late } = workspace.contactWrites({
    contactName: 'Bo',
    html: 'Hello',
    createdAt: 200,
    channel: 'email',
  });
  const spam = workspace.tagByName('spam');
  workspace.tag(late, spam, teammate);
  return { workspace, early, late, spam, ada: workspace.contactByName('Ada') };
}

describe('a search', () => {
  const { workspace, early, late, spam, ada } = twoConversations();
  const filter = (field: string, operator: string, value: unknown) => ({ field, operator, value });
  const open = filter('state', '=', 'open');
  const cases: Record<string, [query: unknown, found: string[]]> = {
    'by state': [open, [late]],
    'by not being in a state': [filter('state', '!=', 'open'), [early]],
    'by time, the bound included': [filter('updated_at', '>', 200), [late]],
    'by time, downwards': [filter('updated_at', '<', 199), [early]],
    'by creation': [filter('created_at', '<', '90'), [early]],
    'by contact': [filter('contact_ids', 'IN', [ada.id, 'other']), [early]],
    'by no tag': [filter('tag_ids', 'NIN', [spam.id]), [early]],
    'by nobody assigned': [filter('admin_assignee_id', '=', 0), [early, late]],
    'by channel': [filter('source.type', '=', 'email'), [late]],
    'by a word of the first message': [filter('source.body', '~', 'leak'), [early]],
    'by all of several': [{ operator: 'AND', value: [open, filter('updated_at', '<', 150)] }, []],
    'by one of several': [{ operator: 'OR', value: [open, filter('updated_at', '<', 150)] }, [early, late]],
    'by groups in a group': [{ operator: 'AND', value: [{ operator: 'OR', value: [open] }] }, [late]],
  };
  for (const [how, [query, found]] of Object.entries(cases)) {
    test(`finds ${how}`, () => {
      const parsed = SearchRequest.parse({ query });
      const ids = workspace.conversations().filter((conversation) => matches(parsed.query, conversation));
      assert.deepEqual(
        ids.map(({ id }) => id),
        found,
      );
    });
  }

  test('refuses a third level, an unknown field and a foreign cursor', () => {
    const group = (inner: unknown) => ({ operator: 'AND', value: [inner] });
    const conversation = workspace.get(early);
    const run = (query: unknown) => () => matches(SearchRequest.parse({ query }).query, conversation);

    assert.throws(run(group(group(group(open)))), ApiError);
    assert.throws(run(filter('mood', '=', 'good')), ApiError);
    assert.throws(() => pageOf([], ListRequest.parse({ starting_after: 'not ours' })), ApiError);
  });
});

test('pages show every conversation once, newest first, whatever arrives meanwhile', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 7 }),
      (times, perPage) => {
        const workspace = new Workspace({ appId: 'test', now: () => 0 });
        for (const createdAt of times) workspace.contactWrites({ html: 'x', createdAt });
        const wanted = workspace
          .conversations()
          .toSorted((a, b) => b.updatedAt - a.updatedAt || Number(b.id) - Number(a.id))
          .map(({ id }) => id);

        const seen: string[] = [];
        let cursor: string | null | undefined;
        do {
          const page = pageOf(workspace.conversations(), { per_page: perPage, starting_after: cursor });
          seen.push(...page.conversations.map(({ id }) => id));
          cursor = page.pages.next?.starting_after;
          workspace.contactWrites({ html: 'newer than all', createdAt: 9 });
        } while (cursor !== undefined);

        assert.deepEqual(seen, wanted);
      },
    ),
  );
});

test('the API pages through a search with the cursor it gave', async () => {
  await using simulator = await startSimulator();
  const call = createApiCaller(simulator);
  const ids = Array.from(
    { length: 3 },
    (_, index) => simulator.contactWrites({ html: 'x', createdAt: index + 1 }).conversationId,
  );
  const query = { field: 'state', operator: '=', value: 'open' };

  const first = List.parse((await call('POST', '/conversations/search', { query, pagination: { per_page: 2 } })).body);
  const startingAfter = first.pages.next?.starting_after;
  const rest = { query, pagination: { per_page: 2, starting_after: startingAfter } };
  const second = List.parse((await call('POST', '/conversations/search', rest)).body);

  assert.deepEqual(
    [...first.conversations, ...second.conversations].map(({ id }) => id),
    ids.toReversed(),
  );
  assert.deepEqual([first.total_count, second.pages.next], [3, null]);
});
