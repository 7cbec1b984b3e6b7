import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, ask, request } from '../../../test/support/model-adapter.ts';
import { complete, ModelError } from '../model.ts';
import { createScriptedModel } from '../scripted.ts';
import type { ScriptedModel, ScriptedModelOptions } from '../scripted.ts';
import { Breaker } from '../../lib/breaker.ts';
import { breakerRules } from './server-failure.ts';
import { createPool } from './pool.ts';
import type { PooledServer, Pool } from './pool.ts';

type TestServer = PooledServer & { readonly model: ScriptedModel };

function server(
  name: string,
  replies: ScriptedModelOptions['replies'] = [],
  changes: Partial<PooledServer> = {},
): TestServer {
  const breaker = new Breaker(breakerRules, { now: () => 0, random: () => 0, onChange: () => undefined });
  const model = createScriptedModel({ replies, script: () => name, now: () => 0 });
  const roles = new Set(['draft', 'decide']);
  return { name, callsMax: 2, roles, breaker, isDraining: () => false, ...changes, model };
}

function poolOf(...servers: readonly PooledServer[]): { readonly pool: Pool; readonly failovers: string[] } {
  const failovers: string[] = [];
  const pool = createPool(() => servers, {
    onFailover: (from, to, { kind }) => failovers.push(`${from} > ${to}: ${kind}`),
  });
  return { pool, failovers };
}

const call = (affinityKey: string) => ({ signal: new AbortController().signal, lane: 'draft' as const, affinityKey });
const engine = (): ModelError => new ModelError('engine', 'The engine died.');
const alwaysFails = (): ModelError => engine();

describe('several servers', () => {
  test('a conversation stays at its server, and conversations are spread', async () => {
    const { pool } = poolOf(server('a'), server('b'));
    const homes = new Map<string, Set<string>>();
    for (const key of Array.from({ length: 30 }, (_, index) => `conversation-${index}`)) {
      for (let turn = 0; turn < 3; turn += 1) {
        const { text } = await complete(pool, request, call(key));
        homes.set(key, (homes.get(key) ?? new Set()).add(text));
      }
    }
    assert.ok([...homes.values()].every(({ size }) => size === 1));
    assert.equal(new Set([...homes.values()].flatMap((seen) => [...seen])).size, 2);
  });

  test('a call for a model goes to a server with it, and to another while none is there', async () => {
    const [small, large] = [server('a', [], { modelName: 'small' }), server('b', [], { modelName: 'large' })];
    const { pool } = poolOf(small, large);
    for (const key of Array.from({ length: 10 }, (_, index) => `conversation-${index}`)) {
      const { text } = await complete(pool, request, { ...call(key), modelName: 'large' });
      assert.equal(text, 'b');
    }
    const { pool: without } = poolOf(small);
    assert.equal((await complete(without, request, { ...call('x'), modelName: 'large' })).text, 'a');
  });

  test('a call that fails before its first word goes on at another', async () => {
    const a = server('a', alwaysFails);
    const { pool, failovers } = poolOf(a, server('b'));
    assert.equal(await ask(pool), 'b');
    assert.deepEqual(failovers, ['a > b: engine']);
    assert.equal(pool.running(a), 0);
  });

  for (const kind of ['too-long', 'cancelled'] as const) {
    test(`an error of kind ${kind} is given out at once`, async () => {
      const { pool, failovers } = poolOf(server('a', [new ModelError(kind, 'no')]), server('b'));
      assert.equal((await errorOf(pool)).kind, kind);
      assert.deepEqual(failovers, []);
    });
  }

  test('a call that fails after its first word is not repeated elsewhere', async () => {
    const breaks: PooledServer = {
      ...server('a'),
      model: {
        servedModels: async () => [],
        async *generate() {
          yield { type: 'text', text: 'Half' };
          throw engine();
        },
      },
    };
    const b = server('b');
    const { pool } = poolOf(breaks, b);
    assert.equal((await errorOf(pool)).kind, 'engine');
    assert.equal(b.model.calls.length, 0);
  });

  test('a server whose breaker is open gets no call, and all breakers open is said', async () => {
    const a = server('a', alwaysFails);
    const { pool } = poolOf(a);
    for (let count = 0; count < 5; count += 1) assert.equal((await errorOf(pool)).kind, 'engine');
    const error = await errorOf(pool);
    assert.equal(error.kind, 'busy');
    assert.match(error.message, /No model server takes calls now.*The engine died\./);
    assert.equal(a.model.calls.length, 5);
    assert.equal(pool.turnsAllowed(), 0);
  });

  test('a draining server gets nothing new', async () => {
    const a = server('a', [], { isDraining: () => true });
    const { pool } = poolOf(a, server('b'));
    assert.equal(await ask(pool), 'b');
    assert.equal(await ask(pool), 'b');
    assert.equal(pool.turnsAllowed(), 4);
  });

  test('decisions go to the servers for decisions, drafts to those for drafts', async () => {
    const large = server('large', [], { roles: new Set(['draft']) });
    const small = server('small', [], { roles: new Set(['decide']) });
    const { pool } = poolOf(large, small);
    const answerFormat = { name: 'question', schema: {} };
    await complete(pool, { ...request, answerFormat }, call('1')).catch(() => undefined);
    await complete(pool, request, call('1'));
    assert.deepEqual([large.model.calls.length, small.model.calls.length], [1, 1]);
  });

  test('a server that comes back begins with one turn', async () => {
    const a = server('a');
    const { pool } = poolOf(a, server('b'));
    a.breaker.open('stuck');
    assert.equal(pool.turnsAllowed(), 4);
    a.breaker.canarySucceeded();
    assert.equal(pool.turnsAllowed(), 5);
  });
});
