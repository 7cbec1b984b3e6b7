/**
 * The simulator as a process of its own, for benchmarks and for working on the page:
 * `node simulator/main.ts --port 4000 --seed`. Prints one line of JSON when it listens.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startSimulator } from './server.ts';

const usage = `Usage: node simulator/main.ts [options]
  --port N             port to listen on (default: any free one)
  --host ADDRESS       address to listen on (default 127.0.0.1)
  --webhook-url URL    where webhooks go
  --token TOKEN        access token of the API (default: random)
  --client-secret KEY  key of the webhook signature (default: random)
  --rate-limit N       calls in ten seconds (default 1666)
  --html-webhooks      HTML bodies in webhooks, as up to version 2.14
  --seed               start with example conversations; POST /simulator/begin announces them
Prints {"url", "token", "clientSecret", "appId", "adminId", "teammateId"} when it listens.
Everything that the page and the tests do is also there over HTTP, under POST /simulator/.`;

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    host: { type: 'string' },
    'webhook-url': { type: 'string' },
    token: { type: 'string' },
    'client-secret': { type: 'string' },
    'rate-limit': { type: 'string' },
    'html-webhooks': { type: 'boolean' },
    seed: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

const number = (raw: string | undefined): number | undefined => (raw === undefined ? undefined : Number(raw));

if (values.help === true) {
  console.log(usage);
} else {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  await using simulator = await startSimulator({
    port: number(values.port),
    host: values.host,
    webhookUrl: values['webhook-url'],
    token: values.token,
    clientSecret: values['client-secret'],
    rateLimitPerWindow: number(values['rate-limit']),
    webhookBodies: values['html-webhooks'] === true ? 'html' : 'plain',
    seed: values.seed,
  });
  const { url, token, clientSecret, appId, adminId, teammateId } = simulator;
  console.log(JSON.stringify({ url, token, clientSecret, appId, adminId, teammateId }));
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
}
