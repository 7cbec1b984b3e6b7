import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { ModelError } from '../model.ts';
import { loadProblem } from './load-problem.ts';
import { Report } from './protocol.ts';
import type { Loaded, LoadOrder, Order, OrderReport } from './protocol.ts';
import { createReportQueue } from './report-queue.ts';
import type { ReportQueue } from './report-queue.ts';

export type WorkerSettings = {
  readonly order: LoadOrder;
  readonly environment: Readonly<Record<string, string>>;
  readonly loadTimeoutMs: number;
};

/** An order that was given to the worker, and what it reports of it. */
export type GivenOrder = {
  readonly reports: AsyncIterable<OrderReport>;
  /** Once the worker is done with the order, or dead. */
  readonly settled: Promise<void>;
  /** Ends the reports with this error and tells the worker to stop. */
  abort(reason: ModelError): void;
};

/** One process with one model; once dead it stays so. */
export type LocalWorker = {
  /** @throws ModelError for a model that can't be loaded, of kind `config` where a person must act */
  readonly loaded: Promise<Loaded>;
  readonly isDead: boolean;
  give(order: Extract<Order, { type: 'generate' | 'count' }>): GivenOrder;
  stop(): void;
};

/** An abort that is not obeyed within this time ends the process: it would block all calls after it. */
const abortTimeoutMs = 10_000;

export function startWorker(settings: WorkerSettings): LocalWorker {
  const worker = new WorkerProcess(settings);
  worker.load();
  return worker;
}

type Waiting = { readonly queue: ReportQueue<OrderReport>; readonly settle: () => void };

class WorkerProcess implements LocalWorker {
  readonly loaded: Promise<Loaded>;
  isDead = false;
  readonly #child: ChildProcess;
  readonly #settings: WorkerSettings;
  readonly #waiting = new Map<number, Waiting>();
  readonly #loading = Promise.withResolvers<Loaded>();

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
    this.loaded = this.#loading.promise;
    this.loaded.catch(() => undefined); // whoever waits for it hears of it
    this.#child = fork(new URL('worker.ts', import.meta.url), [], {
      env: settings.environment,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'], // native code prints what it likes
      serialization: 'advanced',
    });
    this.#rest();
    const die = (how: string): void => {
      if (this.isDead) return;
      this.isDead = true;
      this.#fail(how);
    };
    this.#child.on('message', (message) => this.#hear(Report.parse(message)));
    this.#child.on('error', (error) => die(error.message));
    this.#child.on('exit', (code, signal) => die(signal ?? `exit code ${code}`));
  }

  load(): void {
    const { loadTimeoutMs, order } = this.#settings;
    this.#send(order);
    const timer = setTimeout(() => {
      const says = `The local model ${order.path} was not loaded within ${loadTimeoutMs} ms. Take a smaller one, or a faster disk.`;
      this.#loading.reject(new ModelError('loading', says));
      this.stop();
    }, loadTimeoutMs);
    void this.loaded.then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
  }

  give(order: Extract<Order, { type: 'generate' | 'count' }>): GivenOrder {
    const { id } = order;
    const queue = createReportQueue<OrderReport>();
    const { promise: settled, resolve: settle } = Promise.withResolvers<void>();
    this.#waiting.set(id, { queue, settle });
    this.#child.ref();
    this.#child.channel?.ref();
    if (this.isDead) this.#fail('it ended before');
    else this.#send(order);
    return {
      reports: queue,
      settled,
      abort: (reason) => {
        queue.fail(reason);
        if (this.isDead || !this.#waiting.has(id)) return;
        this.#send({ type: 'abort', id });
        const timer = setTimeout(() => this.stop(), abortTimeoutMs).unref();
        void settled.then(() => clearTimeout(timer));
      },
    };
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  /** An idle model keeps no command from ending. */
  #rest(): void {
    if (this.#waiting.size > 0) return;
    this.#child.unref();
    this.#child.channel?.unref();
  }

  #send(order: Order): void {
    // A failure is that of a process which is ending; its `exit` tells.
    this.#child.send(order, () => undefined);
  }

  #hear(report: Report): void {
    if (report.type === 'loaded') return this.#loading.resolve(report);
    if (report.type === 'load-failed') {
      this.#loading.reject(loadProblem(this.#settings.order.path, report.reason, report.says));
      return this.stop();
    }
    const waiting = this.#waiting.get(report.id);
    waiting?.queue.push(report);
    if (report.type === 'piece') return undefined;
    this.#waiting.delete(report.id);
    this.#rest();
    return waiting?.settle();
  }

  #fail(how: string): void {
    const sentence = `The process of the local model ended (${how}). It is started again with the next call; if this goes on, take a smaller model or another build of node-llama-cpp.`;
    const error = new ModelError('engine', sentence);
    this.#loading.reject(error);
    for (const { queue, settle } of this.#waiting.values()) {
      queue.fail(error);
      settle();
    }
    this.#waiting.clear();
  }
}
