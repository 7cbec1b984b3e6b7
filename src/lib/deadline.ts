export type Deadline = Disposable & {
  /** Aborted by the caller's signal, or when the time has run out. */
  readonly signal: AbortSignal;
  /** Whether it was the time. */
  readonly hasPassed: boolean;
};

/**
 * A time limit for one piece of work that its caller may also give up. Disposed with the work, it leaves nothing behind;
 * `AbortSignal.timeout` would stay until its time has come, which for thousands of calls is a heap that only grows old.
 */
export function startDeadline(ms: number, caller?: AbortSignal): Deadline {
  const controller = new AbortController();
  let hasPassed = false;
  const giveUp = (): void => controller.abort(caller?.reason);
  const timer = setTimeout(() => {
    hasPassed = true;
    controller.abort(new DOMException(`It took longer than ${ms} ms.`, 'TimeoutError'));
  }, ms);
  caller?.addEventListener('abort', giveUp, { once: true });
  if (caller?.aborted === true) giveUp();
  return {
    signal: controller.signal,
    get hasPassed() {
      return hasPassed;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', giveUp);
    },
  };
}
