import { isProduct, projectPath, type Place, type Rule } from './rule.ts';

const home = 'src/intercom/';

/** Names of Intercom's API that have a word of ours, so that nobody has an excuse. */
const ours: ReadonlyMap<string, string> = new Map([
  ['admin_assignee_id', 'assignee'],
  ['admin_id', 'teammateId'],
  ['app_id', 'workspaceId'],
  ['conversation_parts', 'parts'],
  ['message_type', 'kind'],
  ['part_type', 'kind'],
  ['team_assignee_id', 'team'],
]);

/** A wire name within `text`, standing alone or among other words (as in SQL). */
function wireNameIn(text: string): string | undefined {
  return text.match(/[a-z_]+/g)?.find((word) => ours.has(word));
}

/** True for `admin` as one of the words of a name: `adminId`, `isAdmin`, `Admins`; not `administer`, not `ADMIN`. */
function hasAdmin(name: string): boolean {
  return name.split(/_|(?<=[a-z0-9])(?=[A-Z])/).some((word) => /^[aA]dmins?$/.test(word));
}

function problemOfName(name: string): string | undefined {
  const wireName = wireNameIn(name);
  if (wireName !== undefined) {
    return `\`${wireName}\` is Intercom's wire name and stays in ${home}. Our word is \`${ours.get(wireName)}\`.`;
  }
  return hasAdmin(name) ? `\`admin\` is Intercom's word and stays in ${home}. Ours is \`teammate\`.` : undefined;
}

/** The API's own words stay in the folder that speaks to the API. */
export const wireWords: Rule = {
  meta: { type: 'problem', docs: { description: "Intercom's wire names are known to src/intercom/ only." } },
  create(context) {
    const file = projectPath(context);
    if (!isProduct(file) || file.startsWith(home)) return {};

    const reportIf = (message: string | undefined, node: Place): void => {
      if (message !== undefined) context.report({ message, node });
    };
    return {
      Identifier: (node) => reportIf(problemOfName(node.name), node),
      PrivateIdentifier: (node) => reportIf(problemOfName(node.name), node),
      Literal(node) {
        // Prose may speak of an admin; a string that is nothing but the word is a value of the wire.
        if (typeof node.value !== 'string') return;
        reportIf(problemOfName(node.value === 'admin' ? node.value : (wireNameIn(node.value) ?? '')), node);
      },
      TemplateElement: (node) => reportIf(problemOfName(wireNameIn(node.value.raw) ?? ''), node),
    };
  },
};
