import { z } from 'zod';
import type { SimulatedPart } from './model.ts';
import type { Workspace } from './workspace.ts';

const Attachment = z.object({ name: z.string(), url: z.string(), content_type: z.string() });

/** A contact's message; see `ContactMessage` for units and defaults. */
export const ContactWrites = z.object({
  conversationId: z.string().optional(),
  contactName: z.string().optional(),
  contactRole: z.enum(['user', 'lead']).optional(),
  contactEmail: z.string().optional(),
  html: z.string(),
  channel: z.string().optional(),
  subject: z.string().optional(),
  createdAt: z.number().int().optional(),
  attachments: z.array(Attachment).optional(),
  notify: z.boolean().optional(),
});
export const TeammateWrites = z.object({
  conversationId: z.string(),
  html: z.string(),
  kind: z.enum(['comment', 'note']).optional(),
  /** The part that the message rides on; default `comment`, or `open` where the conversation is closed. */
  on: z.enum(['comment', 'close', 'assignment', 'open']).optional(),
});
/** `contactName`: a contact of that name, made when there is none yet. */
export const ChangesContact = z.object({ conversationId: z.string(), contactName: z.string() });
const Attributes = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export const Describes = z.object({
  conversationId: z.string(),
  attributes: Attributes.optional(),
  contactAttributes: Attributes.optional(),
  /** A company's name, for the conversation and its contact. */
  company: z.string().optional(),
  /** What became of Fin's work. */
  fin: z.enum(['assumed_resolution', 'confirmed_resolution', 'escalated', 'negative_feedback']).optional(),
});
export const BotWrites = z.object({
  conversationId: z.string(),
  html: z.string(),
  /** Default Fin. */
  as: z.enum(['fin', 'workflow']).optional(),
});

export type ContactWrites = z.infer<typeof ContactWrites>;
export type TeammateWrites = z.infer<typeof TeammateWrites>;
type ChangesContact = z.infer<typeof ChangesContact>;
export type Describes = z.infer<typeof Describes>;
export type BotWrites = z.infer<typeof BotWrites>;

/**
 * What people do in the workspace by hand, the same for tests, the page and `POST /simulator/…`.
 * Each throws NotFound for an unknown conversation, part or tag.
 */
export type Actions = {
  /** `partId` is the source's id when a conversation begins. */
  contactWrites(input: ContactWrites): { conversationId: string; partId: string };
  /** A human teammate writes, by hand and not through the API. */
  teammateWrites(input: TeammateWrites): { partId: string };
  /** Fin or a workflow writes to the contact. */
  botWrites(input: BotWrites): { partId: string };
  close(conversationId: string): void;
  open(conversationId: string): void;
  /** @param assigneeId a teammate's or a team's; `"0"` for nobody */
  assign(conversationId: string, assigneeId: string): void;
  /** Fills in what the workspace knows of a conversation and its contact. */
  describe(input: Describes): void;
  /** The conversation's contact is merged into another one, who has from then on all that the first had and wrote. */
  mergeContact(input: ChangesContact): void;
  /** Another contact takes the place of the conversation's. */
  replaceContact(input: ChangesContact): void;
  tag(conversationId: string, name: string): void;
  untag(conversationId: string, name: string): void;
  /** @param partId a part's id or the source's. @throws Error when the part has no body */
  redact(conversationId: string, partId: string): void;
  remove(conversationId: string): void;
  /** The notes that the assistant's teammate left, oldest first. */
  notes(conversationId: string): SimulatedPart[];
};

export function createActions(workspace: Workspace): Actions {
  const { teammate, assistant, bot, workflow, teams } = workspace.cast;
  return {
    contactWrites: (input) => workspace.contactWrites(input),
    teammateWrites: (input) => ({ partId: teammateWrites(workspace, input).id }),
    botWrites: ({ conversationId, html, as }) => ({
      partId: workspace.addPart(conversationId, {
        author: as === 'workflow' ? workflow : bot,
        partType: 'comment',
        html,
      }).id,
    }),
    close: (id) => void workspace.addPart(id, { author: teammate, partType: 'close', state: 'closed' }),
    open: (id) => void workspace.addPart(id, { author: teammate, partType: 'open', state: 'open' }),
    assign(conversationId, assigneeId) {
      const type = teams.some((team) => team.id === assigneeId) ? 'team' : 'admin';
      workspace.assign(conversationId, teammate, { type, id: assigneeId });
    },
    describe: (input) => describe(workspace, input),
    mergeContact: ({ conversationId, contactName }) =>
      workspace.mergeContact(workspace.get(conversationId).contact, workspace.contactByName(contactName)),
    replaceContact: ({ conversationId, contactName }) =>
      workspace.replaceContact(conversationId, workspace.contactByName(contactName)),
    tag: (id, name) => workspace.tag(id, workspace.tagByName(name), teammate),
    untag: (id, name) => workspace.untag(id, workspace.tagByName(name).id, teammate),
    redact(conversationId, partId) {
      if (!workspace.redact(conversationId, partId))
        throw new Error(`Part ${partId} has no body that could be redacted.`);
    },
    remove: (id) => workspace.remove(id),
    notes: (id) =>
      workspace.get(id).parts.filter((part) => part.partType === 'note' && part.author.id === assistant.id),
  };
}

function teammateWrites(workspace: Workspace, input: TeammateWrites): SimulatedPart {
  const { conversationId, html, kind = 'comment' } = input;
  const { state } = workspace.get(conversationId);
  const author = workspace.cast.teammate;
  if (kind === 'note') return workspace.addPart(conversationId, { author, partType: 'note', html });
  const on = input.on ?? (state === 'open' ? 'comment' : 'open');
  if (on === 'assignment') {
    return workspace.assign(conversationId, author, { type: 'admin', id: author.id }, { html });
  }
  return workspace.addPart(conversationId, { author, partType: on, html, state: on === 'close' ? 'closed' : 'open' });
}

function describe(
  workspace: Workspace,
  { conversationId, attributes, contactAttributes, company, fin }: Describes,
): void {
  const { contact } = workspace.get(conversationId);
  const known =
    company === undefined ? undefined : { id: `co-${company.toLowerCase().replaceAll(/\W+/g, '-')}`, name: company };
  workspace.update(conversationId, { customAttributes: attributes, company: known, finState: fin });
  const record = workspace.contactRecord(contact.id);
  workspace.describeContact(contact.id, {
    attributes: { ...record.attributes, ...contactAttributes },
    companies: known === undefined ? record.companies : [known],
  });
}
