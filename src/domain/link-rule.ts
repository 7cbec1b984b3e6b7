/** Which links may leave in what a model wrote. */
export type LinkRule = {
  /** Of a URL with its scheme. */
  readonly allows: (url: string) => boolean;
  /** Of an e-mail address; also true for one that the conversation names. */
  readonly knowsAddress: (address: string) => boolean;
};

export type LinkRuleInput = {
  /** Hosts of the team's own, each with everything below it: `example.com` allows `help.example.com`. */
  readonly hosts: readonly string[];
  /** What the team itself says and reads: the hosts that these name are allowed, each as it stands there. */
  readonly trusted: readonly string[];
  /** The conversation, whoever wrote it: addresses in it may be repeated. */
  readonly said: readonly string[];
};

const webLink = /\b(?:https?:\/\/|www\.)[^\s<>"'()[\]{}]+/giu;

/** The URL, or undefined where the text is none that a browser would follow. */
export function parseLink(text: string): URL | undefined {
  const url = URL.parse(/^www\./iu.test(text) ? `https://${text}` : text);
  return url ?? undefined;
}

/** Hosts of all web links in a text. */
const hostsIn = (text: string): readonly string[] =>
  (text.match(webLink) ?? []).flatMap((link) => parseLink(link)?.hostname ?? []);

/** `mailto:` with one address and nothing else: a query could name further recipients. */
const onlyAddress = /^mailto:([^@\s,;?&%]+@([^@\s,;?&%]+))$/iu;

const isBelow = (host: string, parent: string): boolean => host === parent || host.endsWith(`.${parent}`);

/** Allows links to hosts that the team has named, and numbers to call; no others. */
export function createLinkRule({ hosts, trusted, said }: LinkRuleInput): LinkRule {
  const parents = hosts.map((host) => host.toLowerCase());
  const named = new Set(trusted.flatMap(hostsIn));
  const words = [...trusted, ...said].join('\n').toLowerCase();
  const allowsHost = (host: string): boolean => named.has(host) || parents.some((parent) => isBelow(host, parent));
  const knowsAddress = (address: string): boolean => {
    const lower = address.toLowerCase();
    return words.includes(lower) || allowsHost(lower.slice(lower.lastIndexOf('@') + 1));
  };
  const allows = (text: string): boolean => {
    const url = parseLink(text);
    if (url?.protocol === 'mailto:') {
      const [, address] = onlyAddress.exec(text) ?? [];
      return address !== undefined && knowsAddress(address);
    }
    if (url?.protocol === 'https:' || url?.protocol === 'http:') return allowsHost(url.hostname);
    return url?.protocol === 'tel:';
  };
  return { allows, knowsAddress };
}
