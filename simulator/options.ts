import { parseArgs } from 'node:util';
import type { SimulatorOptions } from './server.ts';

export const usage = `Usage: node simulator/main.ts [options]
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

/** The command line is wrong; the message is a sentence that says how. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

function wholeNumber(option: string, raw: string | undefined, max: number): number | undefined {
  if (raw === undefined) return undefined;
  if (/^\d+$/.test(raw) && Number(raw) <= max) return Number(raw);
  throw new OptionError(`--${option} is "${raw}": give a whole number from 0 to ${max}.`);
}

function webAddress(option: string, raw: string | undefined): string | undefined {
  const isWebAddress = raw !== undefined && /^https?:$/.test(URL.parse(raw)?.protocol ?? '');
  if (raw === undefined || isWebAddress) return raw;
  throw new OptionError(`--${option} is "${raw}": give an address that begins with http:// or https://.`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
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
    }).values;
  } catch (cause) {
    throw new OptionError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** What the command line asks for. @throws OptionError */
export function readOptions(args: readonly string[]): SimulatorOptions | 'help' {
  const values = parse(args);
  if (values.help === true) return 'help';
  return {
    port: wholeNumber('port', values.port, 65_535),
    host: values.host,
    webhookUrl: webAddress('webhook-url', values['webhook-url']),
    token: values.token,
    clientSecret: values['client-secret'],
    rateLimitPerWindow: wholeNumber('rate-limit', values['rate-limit'], 1e9),
    webhookBodies: values['html-webhooks'] === true ? 'html' : 'plain',
    seed: values.seed,
  };
}
