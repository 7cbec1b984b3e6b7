/**
 * An estimate of a text's tokens for servers that can't count, on the careful side: 3 characters a
 * token, and 1 for Chinese, Japanese, Korean and Thai.
 */
export function estimateTokens(text: string): number {
  const dense = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu);
  const denseChars = dense?.length ?? 0;
  return denseChars + Math.ceil((text.length - denseChars) / 3);
}
