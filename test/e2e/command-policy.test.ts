import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startCommandBench } from '../support/command-bench.ts';

const yaml = `rules:
  - name: VIPs go to people
    when: { tags: { any: [vip] } }
    mode: off
  - name: Pro plans
    when: { contact: { attributes: { plan: [pro] } }, message: first }
    mode: shadow
    tag: pilot
  - name: Rest
    when: {}
`;

describe('policy check', () => {
  test('says that a file can be used, and its rules in order', async () => {
    await using bench = await startCommandBench();
    await writeFile(join(bench.folder, 'sidenote.yaml'), yaml);
    const { code, output } = await bench.run(['policy', 'check']);
    assert.equal(code, 0, output);
    assert.match(output, /can be used: mode note\.\n {2}1\. VIPs go to people\n {2}2\. Pro plans\n {2}3\. Rest/);
  });

  test('says what is wrong with another file, where, and what was meant', async () => {
    await using bench = await startCommandBench();
    await writeFile(join(bench.folder, 'new.yaml'), 'mode: note\nrule: []\n');
    const { code, output } = await bench.run(['policy', 'check', 'new.yaml']);
    assert.equal(code, 1);
    assert.match(
      output,
      /new\.yaml:2:1 "rule" is not a setting that this version knows: correct or remove it\. Perhaps "rules" is meant\./,
    );
  });

  test('of a file that there is not says so', async () => {
    await using bench = await startCommandBench();
    const { code, output } = await bench.run(['policy', 'check', 'none.yaml']);
    assert.equal(code, 2);
    assert.match(output, /There is no file .*none\.yaml/);
  });
});

describe('policy explain', () => {
  test('reads a conversation from Intercom, and says which rule matches and why each earlier one does not', async () => {
    await using bench = await startCommandBench();
    await writeFile(join(bench.folder, 'sidenote.yaml'), yaml);
    const { conversationId } = bench.simulator.contactWrites({ html: '<p>Hi</p>', notify: false });
    bench.simulator.describe({ conversationId, contactAttributes: { plan: 'pro' } });
    const { code, output } = await bench.run(['policy', 'explain', conversationId]);
    assert.equal(code, 0, output);
    assert.match(output, /no {3}1\. VIPs go to people: none of the tags of tags\.any stands: vip\n/);
    assert.match(output, /yes {2}2\. Pro plans: all its conditions hold\n/);
    assert.match(output, /1 later rule\(s\) not asked/);
    assert.match(output, /A draft, delivered as: shadow\.\ntags: pilot/);
    assert.ok(bench.simulator.requests.every(({ method }) => method === 'GET'));
  });

  test('reads a file with a contact beside the conversation, and asks nobody', async () => {
    await using bench = await startCommandBench();
    await writeFile(join(bench.folder, 'sidenote.yaml'), yaml);
    const conversation = { id: '9', tags: { tags: [{ name: 'vip' }] } };
    await writeFile(
      join(bench.folder, 'one.json'),
      JSON.stringify({ conversation, contact: { custom_attributes: {} } }),
    );
    const { code, output } = await bench.run(['policy', 'explain', 'one.json']);
    assert.equal(code, 0, output);
    assert.match(output, /No draft: the mode is off by the rule "VIPs go to people"\./);
    assert.deepEqual(bench.simulator.requests, []);
  });

  test('of a file that holds no conversation says so', async () => {
    await using bench = await startCommandBench();
    await writeFile(join(bench.folder, 'odd.json'), '[1]');
    const { code, output } = await bench.run(['policy', 'explain', 'odd.json']);
    assert.equal(code, 2);
    assert.match(output, /odd\.json does not hold a conversation as the API gives it/);
  });
});

describe('pause and resume', () => {
  test('reach a Sidenote that runs, and doctor says so', async () => {
    await using bench = await startCommandBench();
    const serving = await bench.serve();
    assert.equal((await bench.run(['pause', 'wrong', 'prices'])).code, 0);
    await serving.printed(/paused: nothing is drafted or posted/);
    const examined = await bench.run(['doctor']);
    assert.match(examined.output, /FAIL {2}database .*paused by operator \(wrong prices\)/);
    assert.match((await bench.run(['resume'])).output, /Resumed/);
    await serving.printed(/"msg":"resumed"/);
    assert.match((await bench.run(['resume'])).output, /was not paused/);
  });

  test('a changed sidenote.yaml is taken up by a Sidenote that runs', async () => {
    await using bench = await startCommandBench();
    const serving = await bench.serve();
    await writeFile(join(bench.folder, 'sidenote.yaml'), 'mode: of\n');
    await serving.printed(/sidenote\.yaml can’t be used/);
    await writeFile(join(bench.folder, 'sidenote.yaml'), 'mode: off\n');
    await serving.printed(/"mode":"off","rules":0,"msg":"sidenote\.yaml was reloaded"/);
  });
});

describe('doctor', () => {
  test('finds a tag that the workspace does not have, and the one that was meant', async () => {
    await using bench = await startCommandBench();
    const { conversationId } = bench.simulator.contactWrites({ html: '<p>Hi</p>', notify: false });
    bench.simulator.tag(conversationId, 'pilot');
    await writeFile(join(bench.folder, 'sidenote.yaml'), 'tags: { only: [pilto] }\n');
    const { code, output } = await bench.run(['doctor']);
    assert.equal(code, 1);
    assert.match(output, /FAIL {2}Intercom tags .*"pilto" \(did you mean "pilot"\?\)/);
  });
});
