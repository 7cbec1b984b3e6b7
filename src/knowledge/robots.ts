/**
 * robots.txt as RFC 9309 describes it, for one program: https://www.rfc-editor.org/rfc/rfc9309
 */
export type Robots = {
  isAllowed(url: URL): boolean;
  /** Seconds between requests that the site asks for; not in the RFC, but widely used. */
  readonly crawlDelaySeconds: number | undefined;
};

type Rule = { readonly isAllowed: boolean; readonly pattern: string };
type Group = { agents: string[]; rules: Rule[]; delay: number | undefined };

/** Longer files may be cut, says the RFC (section 2.5). */
const charsMax = 500_000;

function parseGroups(text: string): readonly Group[] {
  const groups: Group[] = [];
  let isNaming = false;
  for (const line of text.slice(0, charsMax).split(/\r\n?|\n/)) {
    const [, name = '', value = ''] = /^\s*([a-z-]+)\s*:\s*([^#]*)/i.exec(line) ?? [];
    const key = name.toLowerCase();
    const said = value.trim();
    if (key === 'user-agent') {
      if (!isNaming) groups.push({ agents: [], rules: [], delay: undefined });
      groups.at(-1)?.agents.push(said.toLowerCase());
      isNaming = true;
      continue;
    }
    const group = groups.at(-1);
    if ((key === 'allow' || key === 'disallow') && group !== undefined) {
      isNaming = false;
      if (said !== '') group.rules.push({ isAllowed: key === 'allow', pattern: said });
    }
    if (key === 'crawl-delay' && group !== undefined) {
      isNaming = false;
      if (/^\d+(?:\.\d+)?$/.test(said)) group.delay = Number(said);
    }
  }
  return groups;
}

/** `*` stands for anything, `$` at the end for the end. */
function matches(pattern: string, path: string): boolean {
  const isWhole = pattern.endsWith('$');
  const [first = '', ...rest] = (isWhole ? pattern.slice(0, -1) : pattern).split('*');
  if (!path.startsWith(first)) return false;
  let at = first.length;
  for (const [index, piece] of rest.entries()) {
    const isLast = isWhole && index === rest.length - 1;
    const found = isLast ? Math.max(path.lastIndexOf(piece), 0) : path.indexOf(piece, at);
    if (found < at) return false;
    at = found + piece.length;
  }
  return !isWhole || at === path.length;
}

/** Reads a robots.txt for the program called `agent`: the groups that name it, or else those for everybody. */
export function parseRobots(text: string, agent: string): Robots {
  const groups = parseGroups(text);
  const named = groups.filter(({ agents }) => agents.includes(agent.toLowerCase()));
  const ours = named.length > 0 ? named : groups.filter(({ agents }) => agents.includes('*'));
  const rules = ours.flatMap((group) => group.rules);
  return {
    isAllowed: ({ pathname, search }) => {
      const path = pathname + search;
      const fitting = rules.filter(({ pattern }) => matches(pattern, path));
      const longest = Math.max(0, ...fitting.map(({ pattern }) => pattern.length));
      // Of two that are as long, the one that allows counts (section 2.2.2).
      return fitting.length === 0 || fitting.some((rule) => rule.isAllowed && rule.pattern.length === longest);
    },
    crawlDelaySeconds: ours.find(({ delay }) => delay !== undefined)?.delay,
  };
}
