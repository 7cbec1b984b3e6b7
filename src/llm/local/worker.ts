/** The process that holds the local model: a crash of the native code ends this one and not the server. */
import { loadEngine, LoadError, wordsOf } from './engine.ts';
import type { Engine } from './engine.ts';
import { Order } from './protocol.ts';
import type { Report } from './protocol.ts';

type Running = { engine: Engine | undefined; readonly aborts: Map<number, AbortController> };

const send = (report: Report): void => void process.send?.(report);

async function load(running: Running, order: Extract<Order, { type: 'load' }>): Promise<void> {
  try {
    running.engine = await loadEngine(order);
    send(running.engine.loaded);
  } catch (error) {
    const reason = error instanceof LoadError ? error.reason : 'other';
    send({ type: 'load-failed', reason, says: wordsOf(error) });
  }
}

async function generate(
  { engine, aborts }: Running,
  order: Extract<Order, { type: 'generate' }>,
): Promise<Report | undefined> {
  const { id } = order;
  const abort = new AbortController();
  aborts.set(id, abort);
  try {
    const onPiece = (text: string, isReasoning: boolean): void => send({ type: 'piece', id, text, isReasoning });
    return await engine?.generate(order, onPiece, abort.signal);
  } catch (error) {
    return abort.signal.aborted ? { type: 'aborted', id } : { type: 'failed', id, says: wordsOf(error) };
  } finally {
    aborts.delete(id);
  }
}

async function follow(running: Running, order: Order): Promise<void> {
  if (order.type === 'load') return await load(running, order);
  if (order.type === 'abort') return running.aborts.get(order.id)?.abort();
  const { id } = order;
  try {
    const report =
      order.type === 'generate'
        ? await generate(running, order)
        : { type: 'counted' as const, id, tokens: running.engine?.count(order) ?? 0 };
    send(report ?? { type: 'failed', id, says: 'no model is loaded' });
  } catch (error) {
    send({ type: 'failed', id, says: wordsOf(error) });
  }
}

function listen(): void {
  const running: Running = { engine: undefined, aborts: new Map() };
  process.on('message', (message) => void follow(running, Order.parse(message)));
  // The server is gone; what the native code still computes is for nobody.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}

listen();
