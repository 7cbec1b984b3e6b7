/** Values that one side pushes and the other reads in order, until an end or an error. */
export type ReportQueue<Value> = AsyncIterable<Value> & {
  push(value: Value): void;
  /** Nothing comes after it; what was pushed before is still read. */
  fail(error: Error): void;
};

export function createReportQueue<Value>(): ReportQueue<Value> {
  const values: Value[] = [];
  let failure: Error | undefined;
  let wake: () => void = () => undefined;

  return {
    push(value) {
      values.push(value);
      wake();
    },
    fail(error) {
      failure ??= error;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const value = values.shift();
        if (value !== undefined) yield value;
        else if (failure !== undefined) throw failure;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
