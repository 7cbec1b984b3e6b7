/** What the page shows: the same state, in shapes made for a list and a thread. */
import { plainText } from './html.ts';
import type { Person, SimulatedConversation, SimulatedPart } from './model.ts';
import type { Workspace } from './workspace.ts';

const previewCharsMax = 120;

export function summaryOf(conversation: SimulatedConversation, workspace: Workspace) {
  const { source, parts } = conversation;
  const last = parts.findLast((part) => part.body !== null && part.partType !== 'note') ?? source;
  const { name: assignee } = workspace.admin(conversation.adminAssigneeId ?? '') ?? { name: undefined };
  return {
    id: conversation.id,
    contact: { id: conversation.contact.id, name: conversation.contact.name, email: conversation.contact.email },
    channel: source.type,
    subject: source.subject,
    state: conversation.state,
    updatedAt: conversation.updatedAt,
    isRead: conversation.read,
    preview: plainText(last.body ?? '')
      .replaceAll(/\s+/g, ' ')
      .slice(0, previewCharsMax),
    lastAuthor: last.author.name,
    tags: conversation.tags.map((tag) => tag.name),
    assigneeId: conversation.adminAssigneeId,
    assignee: assignee ?? null,
    newest: {
      contact: newestBy(conversation, (part) => isContact(part.author)) ?? source.id,
      note: newestBy(conversation, (part) => isAssistantNote(part, workspace)),
      any: parts.at(-1)?.id ?? source.id,
    },
  };
}

export function threadOf(conversation: SimulatedConversation, workspace: Workspace) {
  const { source } = conversation;
  const first = { ...source, partType: 'comment', createdAt: conversation.createdAt, assignedTo: null };
  return {
    ...summaryOf(conversation, workspace),
    messages: [first, ...conversation.parts].map((message) => messageOf(message, workspace)),
  };
}

function messageOf(message: Omit<SimulatedPart, 'updatedAt' | 'state' | 'appPackageCode'>, workspace: Workspace) {
  const { author, assignedTo } = message;
  const assignee =
    workspace.admin(assignedTo?.id ?? '') ?? workspace.cast.teams.find((team) => team.id === assignedTo?.id);
  return {
    id: message.id,
    kind: kindOf(message),
    partType: message.partType,
    author: { side: isContact(author) ? 'contact' : author.type, name: author.name },
    isByAssistant: author.id === workspace.cast.assistant.id,
    html: message.body,
    at: message.createdAt,
    attachments: message.attachments.map(({ name }) => name),
    isRedacted: message.redacted,
    assignedTo: assignee?.name ?? null,
  };
}

function kindOf({ body, attachments, partType }: Pick<SimulatedPart, 'body' | 'attachments' | 'partType'>) {
  if (body === null && attachments.length === 0) return 'event';
  return partType === 'note' ? 'note' : 'comment';
}

const isContact = (author: Person): boolean => author.type === 'user' || author.type === 'lead';

const isAssistantNote = (part: SimulatedPart, workspace: Workspace): boolean =>
  part.partType === 'note' && part.author.id === workspace.cast.assistant.id;

function newestBy(conversation: SimulatedConversation, test: (part: SimulatedPart) => boolean): string | null {
  return conversation.parts.findLast(test)?.id ?? null;
}
