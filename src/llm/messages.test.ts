import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { alternate } from './messages.ts';
import type { Message } from './model.ts';

const message: fc.Arbitrary<Message> = fc.record({
  role: fc.constantFrom('system', 'user', 'assistant'),
  content: fc.oneof(fc.constantFrom('', ' ', '\n'), fc.string({ minLength: 1, maxLength: 8 })),
});

test('messages always alternate, with at most one system message, in front', () => {
  fc.assert(
    fc.property(fc.array(message), (messages) => {
      const roles = alternate(messages).map((each) => each.role);
      assert.ok(roles.every((role, index) => role !== roles[index + 1]));
      assert.ok(roles.lastIndexOf('system') <= 0);
    }),
  );
});

test('no text is lost or changes its side', () => {
  fc.assert(
    fc.property(fc.array(message), (messages) => {
      for (const role of ['system', 'user', 'assistant'] as const) {
        const before = messages.filter((each) => each.role === role && each.content.trim() !== '');
        const after = alternate(messages).filter((each) => each.role === role);
        const joined = (all: readonly Message[]): string => all.map((each) => each.content).join('\n\n');
        assert.equal(joined(after), joined(before));
      }
    }),
  );
});

test('messages that alternate already are left as they are', () => {
  const messages: Message[] = [
    { role: 'system', content: 'Help.' },
    { role: 'user', content: ' Hi ' },
    { role: 'assistant', content: 'Hello.' },
    { role: 'user', content: 'Where?' },
  ];
  assert.deepEqual(alternate(messages), messages);
});
