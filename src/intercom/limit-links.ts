import { parseLink } from '../domain/link-rule.ts';

/** What a program that shows text may make a link of. In HTML text `<` and `>` are always entities. */
const bareLink = /(?:[a-z][a-z\d+.-]{1,20}:\/\/|www\.)(?:(?!&[lg]t;|&quot;)[^\s<>"“”„«»‘’])+/giu;
const anchor = /(<a href="[^"]*">.*?<\/a>)/su;
const anchorParts = /^<a href="([^"]*)">(.*)<\/a>$/su;
const closing = /[.,;:!?)\]'*_~`]+$/u;

const unescapeHtml = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

/** What is left of a link that may not leave: where it led, without a path that could carry words out. */
function placeOf(link: string): string {
  const url = parseLink(link);
  if (url?.protocol === 'mailto:') return url.pathname;
  return url?.hostname.replace(/^(?:www\.)+/u, '').replaceAll(/[^\p{L}\d.:-]/gu, '') ?? '';
}

/**
 * Takes out of our own safe HTML every link that is not allowed, also one that is only written out: its words stay, and
 * the host it led to. Doing it twice changes nothing.
 * @param onRefused is told each host or address that lost a link
 */
export function limitLinks(
  html: string,
  allows: (url: string) => boolean,
  onRefused: (place: string) => void = () => undefined,
): string {
  const refuse = (link: string): string => {
    const place = placeOf(link);
    if (place !== '') onRefused(place);
    return place;
  };
  const limitBare = (text: string): string =>
    text.replaceAll(bareLink, (found) => {
      const end = closing.exec(found)?.[0] ?? '';
      const link = unescapeHtml(found.slice(0, found.length - end.length));
      return parseLink(link) !== undefined && allows(parseLink(link)?.href ?? '') ? found : refuse(link) + end;
    });
  return html
    .split(anchor)
    .map((piece) => {
      const [, href, label = ''] = anchorParts.exec(piece) ?? [];
      if (href === undefined) return limitBare(piece);
      const link = unescapeHtml(href);
      const shown = limitBare(label);
      if (allows(link)) return `<a href="${href}">${shown}</a>`;
      const place = refuse(link);
      return place === '' || shown.includes(place) ? shown : `${shown} (${place})`;
    })
    .join('');
}
