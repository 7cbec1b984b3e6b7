import { findDetails } from '../domain/citations/details.ts';
import { type LinkRule, parseLink } from '../domain/link-rule.ts';
import { refusedLinks } from '../intercom/note-html.ts';
import type { Check } from './draft-check.ts';

const namedMax = 5;

/** Hosts and addresses in a text that are neither the team's nor, for an address, named in the conversation. */
function foreignPlaces(text: string, links: LinkRule): readonly string[] {
  const written = findDetails(text).flatMap(({ kind, text: found }) => {
    if (kind === 'e-mail address') return links.knowsAddress(found) ? [] : [found];
    if (kind !== 'link') return [];
    // Also a host without a scheme, which no note makes a link of, and a mail program might.
    const url = parseLink(found) ?? parseLink(`https://${found}`);
    return url === undefined || links.allows(url.href) ? [] : [url.hostname.replace(/^www\./u, '')];
  });
  return [...new Set([...refusedLinks(text, links.allows), ...written])];
}

/** Only hosts that the team has named may be linked to; others lose their link where the note is made. */
export const knownLinks: Check = {
  name: 'links',
  find: ({ draft, links }) => {
    const places = foreignPlaces(draft.text, links);
    if (places.length === 0) return undefined;
    const named = places.slice(0, namedMax).join(', ') + (places.length > namedMax ? ' and others' : '');
    return { kind: 'caution', says: `The draft leads to ${named}, which the team has not named: check it.` };
  },
};
