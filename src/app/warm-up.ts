/** After the first message: what came together with it has its answer by then. */
const delayMs = 250;

export type WarmUp = Disposable & {
  /** Does this, and has it loaded soon. */
  with<Value>(act: (value: Value) => void): (value: Value) => void;
};

/**
 * Loads what the first draft needs while its message waits out the quiet period: a Sidenote that starts is soon there,
 * and one that has nothing to do stays small.
 */
export function createWarmUp(load: () => Promise<unknown>, onError: (error: unknown) => void): WarmUp {
  let timer: NodeJS.Timeout | undefined;
  return {
    with: (act) => (value) => {
      timer ??= setTimeout(() => void load().catch(onError), delayMs).unref();
      act(value);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
