/**
 * What helps an engine that failed, by its own words; the first that matches. Each has been reported of vLLM, SGLang,
 * llama.cpp or Ollama, and none is cured by asking again at once. Sources:
 * https://github.com/vllm-project/vllm/issues/15105 (memory), https://github.com/vllm-project/vllm/issues/12233 (CUDA),
 * https://github.com/ollama/ollama/issues/18107 (a prompt without its question).
 */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /out of memory|\boom\b|cudamalloc|requires more system memory|no available memory|insufficient memory/i,
    'Its memory is full. Give it a smaller context window, fewer calls at once, or a smaller model, and start it again.',
  ],
  [
    /illegal memory access|cuda error|hip error|device-side assert|nccl/i,
    'Its card has failed under it, and only a restart helps. Start it again, and let a supervisor do so from now on.',
  ],
  [
    /enginedead|enginecore|engine core|engine loop|runner process (has terminated|no longer running)|scheduler (hit|died)/i,
    'Its engine has died. If it does not come back by itself, start it again; its log says what happened.',
  ],
  [
    /no user query found|chat template/i,
    'Its chat template and this conversation do not go together. Update the server or the model’s template.',
  ],
];

/** The sentence that helps most; where nothing is recognised, its log. */
export function remedyFor(words: string): string {
  return remedies.find(([pattern]) => pattern.test(words))?.[1] ?? 'Look at the log of the model server.';
}
