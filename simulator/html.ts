import sanitizeHtml from 'sanitize-html';

const inlineTags = ['a', 'b', 'strong', 'i', 'em', 'u', 's', 'code', 'span', 'br', 'img'];
const blockTags = ['p', 'div', 'ul', 'ol', 'li', 'h1', 'h2', 'h3', 'h4', 'blockquote', 'pre', 'hr'];
const tableTags = ['table', 'thead', 'tbody', 'tr', 'th', 'td'];

const keptHtml: sanitizeHtml.IOptions = {
  allowedTags: [...inlineTags, ...blockTags, ...tableTags],
  // `class` stays: mail programs mark quoted history with it, and who strips quotes relies on that.
  allowedAttributes: {
    a: ['href', 'title'],
    img: ['src', 'alt', 'width', 'height'],
    ol: ['start'],
    '*': ['class'],
  },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  allowedSchemesByTag: { img: ['http', 'https', 'data'] },
  transformTags: {
    a: (tagName, attribs) => ({ tagName, attribs: { ...attribs, rel: 'noopener noreferrer nofollow' } }),
  },
};

/**
 * What the workspace keeps of a body: scripts, styles, event handlers and foreign URL schemes are
 * gone. The real product strips too, by rules that it does not publish.
 */
export function sanitiseBody(html: string): string {
  // Most bodies of a load test are plain words; parsing those would be the dearest step of a call.
  if (!/[<&>"]/.test(html)) return html;
  return sanitizeHtml(html, keptHtml).replaceAll(' />', '>'); // `<br>` as Intercom writes it; texts have no bare `>` by now
}

/**
 * The plain text Intercom gives for `display_as=plaintext` and in webhooks from version 2.15: links
 * as `label (url)`, images as `[Image]`.
 * @param html a body that has gone through {@link sanitiseBody}
 */
export function plainText(html: string): string {
  if (!/[<&]/.test(html)) return html;
  return html
    .replaceAll(/<img\b[^>]*>/g, '[Image]')
    .replaceAll(/<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)<\/a>/gs, (_link, url: string, label: string) =>
      label === url ? label : `${label} (${url})`,
    )
    .replaceAll(/<br\b[^>]*>|<hr\b[^>]*>|<\/(?:p|div|li|h\d|blockquote|pre|tr|ul|ol)>/g, '\n')
    .replaceAll(/<li\b[^>]*>/g, '- ')
    .replaceAll(/<\/t[dh]>/g, '\t')
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .trim();
}

/** Words as a body: escaped, a blank line parts paragraphs, a single line break stays one. */
export function paragraphs(text: string): string {
  const escaped = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  return escaped
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => `<p>${paragraph.replaceAll('\n', '<br>')}</p>`)
    .join('');
}
