import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../test/support/fast-check.ts';
import type { Change } from './model.ts';
import { NotFound, Workspace } from './workspace.ts';

function startWorkspace() {
  let now = 1_000_000;
  const workspace = new Workspace({ appId: 'test', now: () => now });
  const changes: Change[] = [];
  workspace.onChange((change) => changes.push(change));
  const { conversationId } = workspace.contactWrites({ contactName: 'Ada', html: 'Hello' });
  return { workspace, changes, conversationId, advance: (seconds: number) => void (now += seconds * 1000) };
}

/** Everything that can happen to a conversation, by people and by apps. */
const acts: Record<string, (workspace: Workspace, id: string) => unknown> = {
  contact: (workspace, id) => workspace.contactWrites({ conversationId: id, html: 'x' }),
  comment: (workspace, id) =>
    workspace.addPart(id, { author: workspace.cast.teammate, partType: 'comment', html: 'x', state: 'open' }),
  bot: (workspace, id) => workspace.addPart(id, { author: workspace.cast.bot, partType: 'comment', html: 'x' }),
  note: (workspace, id) => workspace.addPart(id, { author: workspace.cast.assistant, partType: 'note', html: 'x' }),
  close: (workspace, id) =>
    workspace.addPart(id, { author: workspace.cast.teammate, partType: 'close', state: 'closed' }),
  snooze: (workspace, id) =>
    workspace.addPart(id, {
      author: workspace.cast.teammate,
      partType: 'snoozed',
      state: 'snoozed',
      snoozedUntil: 9_999,
    }),
  assign: (workspace, id) => workspace.assign(id, workspace.cast.teammate, { type: 'admin', id: '7100002' }),
  tag: (workspace, id) => workspace.tag(id, workspace.tagByName('vip'), workspace.cast.teammate),
  update: (workspace, id) => workspace.update(id, { title: 'x' }),
};

describe('a workspace', () => {
  test('whatever happens in whatever order: ids grow, time never goes back, and each change is told once', () => {
    const act = fc.constantFrom(...Object.keys(acts));
    fc.assert(
      fc.property(fc.array(act, { maxLength: 25 }), (names) => {
        const { workspace, changes, conversationId, advance } = startWorkspace();
        const conversation = workspace.get(conversationId);
        for (const name of names) {
          const before = { updatedAt: conversation.updatedAt, parts: conversation.parts.length, told: changes.length };
          advance(1);
          acts[name]?.(workspace, conversationId);

          const newest = conversation.parts.at(-1);
          assert.ok(conversation.updatedAt >= before.updatedAt);
          assert.ok(conversation.parts.length - before.parts <= 1);
          assert.ok(changes.length - before.told <= 1);
          if (conversation.parts.length > before.parts) assert.equal(newest?.state, conversation.state);
          assert.equal(conversation.snoozedUntil !== null, conversation.state === 'snoozed');
        }
        const ids = [conversation.source.id, ...conversation.parts.map(({ id }) => id)].map(Number);
        assert.deepEqual(
          ids,
          [...new Set(ids)].toSorted((a, b) => a - b),
        );
      }),
    );
  });

  test('a contact waits from the first unanswered message until anyone answers; a note is no answer', () => {
    const { workspace, conversationId, advance } = startWorkspace();
    const conversation = workspace.get(conversationId);
    const waiting: (number | null)[] = [conversation.waitingSince];
    for (const name of ['contact', 'note', 'bot', 'contact', 'contact', 'comment']) {
      advance(10);
      acts[name]?.(workspace, conversationId);
      waiting.push(conversation.waitingSince);
    }

    assert.deepEqual(waiting, [1000, 1000, 1000, null, 1040, 1040, null]);
  });

  test('a message to a closed or snoozed conversation opens it', () => {
    for (const ending of ['close', 'snooze']) {
      const { workspace, conversationId } = startWorkspace();
      acts[ending]?.(workspace, conversationId);

      workspace.contactWrites({ conversationId, html: 'Hello again' });

      const { state, parts } = workspace.get(conversationId);
      assert.deepEqual([state, parts.at(-1)?.partType, parts.at(-1)?.body], ['open', 'open', 'Hello again']);
    }
  });

  test('teammate and team are assigned apart, and taken back with the id 0', () => {
    const { workspace, conversationId } = startWorkspace();
    const { teammate, teams } = workspace.cast;
    const conversation = workspace.get(conversationId);

    workspace.assign(conversationId, teammate, { type: 'admin', id: teammate.id });
    workspace.assign(conversationId, teammate, { type: 'team', id: teams[0]?.id ?? '' });
    workspace.assign(conversationId, teammate, { type: 'admin', id: '0' });

    assert.deepEqual([conversation.adminAssigneeId, conversation.teamAssigneeId], [null, teams[0]?.id]);
    assert.equal(conversation.parts.at(-1)?.assignedTo, null);
  });

  test('a tag’s name counts without its case, and applying it twice changes nothing', () => {
    const { workspace, changes, conversationId } = startWorkspace();
    workspace.tag(conversationId, workspace.tagByName('VIP'), workspace.cast.teammate);
    const told = changes.length;

    workspace.tag(conversationId, workspace.tagByName('vip'), workspace.cast.teammate);

    assert.equal(workspace.tags().length, 1);
    assert.equal(changes.length, told);
  });

  test('what does not exist is said to be missing', () => {
    const { workspace, conversationId } = startWorkspace();

    assert.throws(() => workspace.contactWrites({ conversationId: '1', html: 'x' }), NotFound);
    assert.throws(() => workspace.redact(conversationId, '1'), NotFound);
    assert.throws(() => workspace.untag(conversationId, '1', workspace.cast.teammate), NotFound);
    workspace.remove(conversationId);
    assert.throws(() => workspace.remove(conversationId), NotFound);
  });
});
