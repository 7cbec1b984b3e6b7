import type { Person, Team } from './model.ts';

/** The teammates, the bot and the teams of the invented workspace; the same in every simulator. */
export type Cast = {
  /** Owner of the access token: the teammate that exists for the assistant. */
  readonly assistant: Person;
  readonly teammate: Person;
  /** Everyone `GET /admins` lists, the Operator bot included, as in reality. */
  readonly admins: readonly Person[];
  /** Fin. */
  readonly bot: Person;
  /** A workflow, which writes as the same bot, but not as an AI agent. */
  readonly workflow: Person;
  readonly teams: readonly Team[];
};

/** @param appId the workspace's id; it is part of the bot's e-mail address, as in reality. */
export function createCast(appId: string): Cast {
  const admin = (id: string, name: string, email: string): Person => ({ type: 'admin', id, name, email });
  const assistant = admin('7100001', 'AI draft', 'ai-draft@lumenkayak.example');
  const teammate = admin('7100002', 'Maren Holt', 'maren@lumenkayak.example');
  const second = admin('7100003', 'Tomás Quill', 'tomas@lumenkayak.example');
  const operator = admin('7100000', 'Fin', `operator+${appId}@intercom.io`);
  return {
    assistant,
    teammate,
    admins: [assistant, teammate, second, operator],
    bot: { ...operator, type: 'bot' },
    workflow: { ...operator, type: 'bot', name: 'Operator' },
    teams: [
      { id: '810001', name: 'Support', adminIds: [assistant.id, teammate.id, second.id] },
      { id: '810002', name: 'Warranty', adminIds: [second.id] },
    ],
  };
}

/** What a new contact may bring: a lead has no account, and an address may be any. */
export type ContactDetails = { readonly role?: 'user' | 'lead' | undefined; readonly email?: string | undefined };

/**
 * A contact by name. The id is 24 hexadecimal digits, as Intercom's are, and grows with `ordinal`.
 * @param ordinal counted from 1 in the workspace
 */
export function createContact(name: string, ordinal: number, details: ContactDetails = {}): Person {
  const mailbox = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '.')
    .replaceAll(/^\.|\.$/g, '');
  return {
    type: details.role ?? 'user',
    id: `68f0c0de5eed${ordinal.toString(16).padStart(12, '0')}`,
    name,
    email: details.email ?? `${mailbox === '' ? `contact-${ordinal}` : mailbox}@mail.example`,
  };
}
