import type { Conversation, Part } from './conversation.ts';
import { comments } from './standing.ts';

/** What wrote a message where no person did, with what gave it away; never the message's own words. */
export type Automatic = {
  readonly kind: 'out-of-office reply' | 'automatic reply' | 'bounced mail' | 'no-reply address' | 'spam' | 'bot loop';
  readonly because: string;
};

/** Mailboxes that nobody reads, alone or as one word of the address before the @. */
const noReplyMailbox =
  /(?:^|[.+_-])(?:no[._-]?reply|(?:do[._-]?)?not[._-]?reply|donotreply|mailer[._-]?daemon|postmaster|bounces?|auto[._-]?(?:reply|responder)|nicht[._-]?antworten|ne[._-]?pas[._-]?repondre|no[._-]?responder|nao[._-]?responda|non[._-]?rispondere|niet[._-]?beantwoorden)(?:$|[.+_-])/i;

/** Marks that mail gateways put before a subject. */
const spamMark = /^\W*(?:\[|\*{2,}|\{)\s*(?:possible |suspected )?spam\b/i;

type Kind = Extract<Automatic['kind'], 'out-of-office reply' | 'automatic reply' | 'bounced mail'>;

/** How mail programs begin the subject of what they send by themselves, in the languages we have met. */
const subjects: readonly (readonly [Kind, RegExp])[] = [
  [
    'bounced mail',
    /^(?:undeliver(?:able|ed)\b|delivery status notification|delivery (?:has )?failed|(?:mail|message) delivery (?:failed|failure)|returned mail\b|failure notice|mail system error|unzustellbar|nicht zustellbar|non remis|échec de la (?:remise|livraison)|no se puede entregar|correo no entregado|mancato recapito|onbestelbaar|não foi possível entregar|недоставлен)/iu,
  ],
  [
    'out-of-office reply',
    /^(?:(?:auto(?:matic reply|reply)?|re)\s*:\s*)?(?:out[ -]of(?:[ -]the)?[ -]office|away from (?:my|the) (?:desk|office)|on (?:annual |parental |maternity )?leave\b|abwesenheit|nicht im büro|absen(?:ce|t) (?:du|de) bureau|absence\s*:|fuera de (?:la )?oficina|fuori (?:ufficio|sede)|assenza\b|afwezig|niet aanwezig|fora do escritório|ausência|frånvaro|fraværende|poissa toimistosta|poza biurem|mimo kancelář|вне офиса|不在)/iu,
  ],
  [
    'automatic reply',
    /^(?:auto(?:matic)?[ -]?(?:reply|response)\b|auto\s*:|automatische (?:antwort|rückmeldung)|réponse automatique|respuesta automática|risposta automatica|automatisch(?:e)? antwoord|resposta automática|automatiskt svar|automatisk svar|autosvar|automaattinen vastaus|odpowiedź automatyczna|automatick[áý] odpov|автоответ|自動返信|自动回复)/iu,
  ],
];

/** How such messages begin, where the subject says nothing. */
const openings: readonly (readonly [Kind, RegExp])[] = [
  [
    'out-of-office reply',
    /\b(?:i am|i'm|i’m|i will be|we are) (?:currently |presently )?(?:out of (?:the )?office|on (?:annual |parental |maternity )?leave|away from (?:my|the) (?:desk|office))\b|\bich bin [^!\n]{0,50}(?:nicht im (?:büro|haus)|außer haus|abwesend|im urlaub)\b|\bje suis (?:actuellement )?(?:absente?|en congés?)\b|\b(?:estoy|estaré) (?:actualmente )?(?:fuera de la oficina|de vacaciones)\b|\b(?:sono|sarò) (?:attualmente )?(?:fuori ufficio|assente|in ferie)\b|\bik ben (?:momenteel )?(?:afwezig|niet op kantoor|met verlof)\b|\b(?:estou|estarei) (?:atualmente )?(?:fora do escritório|de férias|ausente)\b/iu,
  ],
  [
    'automatic reply',
    /\bthis is an? (?:automated|automatic|auto-generated|system-generated) (?:reply|response|message|e-?mail|notification)\b|\bplease do not (?:reply|respond) to this (?:message|e-?mail)\b|\bdies(?:e (?:nachricht|e-?mail) (?:wurde|ist) automatisch| ist eine automati(?:sche|sch generierte))|\bceci est un(?:e)? (?:message|réponse|courriel|e-?mail) automatique\b|\beste es un (?:mensaje|correo) automático\b|\bquest[oa] è un(?:a)? (?:messaggio|risposta|e-?mail) automatic[oa]\b|\bdit is een automatisch(?:e)? (?:bericht|antwoord|e-?mail)\b|\besta é uma (?:mensagem|resposta) automática\b/iu,
  ],
  [
    'bounced mail',
    /^(?:this is the mail (?:system|delivery)|delivery to the following recipients? failed|your message (?:could not|couldn't|wasn't) be(?:en)? delivered|the following (?:message|address(?:es)?) (?:could not|had permanent))/iu,
  ],
];

/** A person passes it on, and asks about it. */
const forwarded = /^(?:fwd?|wg|tr|rv|i|enc|doorst)\s*:/iu;
const openingChars = 400;
const loopTextCharsMin = 40;
const loopRounds = 3;
const answerSecondsMax = 2;
/** Share of their words that two messages from one template have in common. */
const sameWordsMin = 0.5;

const ofMailbox = (address: string): Automatic | undefined =>
  noReplyMailbox.test(address.split('@')[0] ?? '')
    ? { kind: 'no-reply address', because: 'it came from an address that nobody reads' }
    : undefined;

function ofSubject(subject: string): Automatic | undefined {
  if (spamMark.test(subject)) return { kind: 'spam', because: 'a mail gateway marked its subject' };
  const kind = subjects.find(([, pattern]) => pattern.test(subject.trim()))?.[0];
  return kind === undefined ? undefined : { kind, because: 'its subject begins as mail programs begin it' };
}

function ofOpening(text: string): Automatic | undefined {
  // Who asks something wants an answer, whatever stands around it.
  if (/[?？؟]/u.test(text)) return undefined;
  const kind = openings.find(([, pattern]) => pattern.test(text.slice(0, openingChars).trim()))?.[0];
  return kind === undefined ? undefined : { kind, because: 'it begins with a phrase that mail programs use' };
}

const normalised = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[\d\s]+/gu, ' ')
    .trim();

/** How much of the words of both texts stands in both, 0 to 1. */
function sharedWords(one: string, other: string): number {
  const [ofOne, ofOther] = [new Set(normalised(one).split(' ')), new Set(normalised(other).split(' '))];
  return ofOne.intersection(ofOther).size / ofOne.union(ofOther).size;
}

/** The newest `loopRounds` messages of the contact, each with the answer before it. */
function newestRounds(parts: readonly Part[]): readonly { readonly before: Part; readonly message: Part }[] {
  const rounds = parts.flatMap((message, index) => {
    const before = parts[index - 1];
    const isRound = before !== undefined && before.author.kind !== 'contact' && message.author.kind === 'contact';
    return isRound ? [{ before, message }] : [];
  });
  return rounds.slice(-loopRounds);
}

function ofLoop(conversation: Conversation): Automatic | undefined {
  const rounds = newestRounds(comments(conversation));
  const isLong = ({ message }: { readonly message: Part }): boolean => message.text.length >= loopTextCharsMin;
  if (rounds.length < loopRounds || !rounds.every(isLong)) return undefined;
  if (new Set(rounds.map(({ message }) => normalised(message.text))).size === 1) {
    return { kind: 'bot loop', because: `the same message came ${loopRounds} times, each after an answer` };
  }
  const isFast = rounds.every(({ before, message }) => message.createdAt - before.createdAt <= answerSecondsMax);
  // Messages of two people in a lively chat cross by chance, but they do not say the same.
  const isTemplate = rounds.every(
    ({ message }) => sharedWords(message.text, rounds[0]?.message.text ?? '') >= sameWordsMin,
  );
  const because = `${loopRounds} messages that say much the same came within ${answerSecondsMax} s of the answer before`;
  return isFast && isTemplate ? { kind: 'bot loop', because } : undefined;
}

/**
 * Whether the contact's newest message was written by a machine: an out-of-office reply, a bounce, a newsletter's
 * mailbox, or a bot that answers every answer. Intercom gives no header such as `Auto-Submitted`, so it goes by
 * address, subject and phrases. In doubt it was a person.
 */
export function recogniseAutomatic(conversation: Conversation): Automatic | undefined {
  const loop = ofLoop(conversation);
  if (loop !== undefined || conversation.channel !== 'email') return loop;
  const { contactAddress, contactSubject } = conversation.circumstances;
  const newest = comments(conversation).findLast((part) => part.author.kind === 'contact');
  const mailbox = contactAddress === undefined ? undefined : ofMailbox(contactAddress);
  if (mailbox !== undefined || newest === undefined) return mailbox;
  const subject = contactSubject ?? '';
  if (forwarded.test(subject)) return undefined;
  return ofSubject(subject) ?? ofOpening(newest.text);
}
