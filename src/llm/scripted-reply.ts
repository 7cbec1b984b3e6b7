import type { Message } from './model.ts';
import { citedFacts, readSources } from './scripted-sources.ts';
import { taskStart } from './tasks.ts';

type Topic = 'order' | 'payment' | 'account' | 'fault' | 'other';

type Phrases = {
  /** How a task says that it wants this language. */
  readonly names: RegExp;
  readonly greeting: string;
  /** With the telling words of the message; `undefined` when it has none. */
  readonly thanks: (words: string | undefined) => string;
  readonly promise: string;
  readonly question: Readonly<Record<Topic, string>>;
};

const english: Phrases = {
  names: /\bEnglish\b/i,
  greeting: 'Hi there,',
  thanks: (words) => (words ? `Thank you for writing to us about “${words}”.` : 'Thank you for your message.'),
  promise: 'I have noted what you describe and will look into it right away.',
  question: {
    order: 'Could you send me the order number, so that I can find it?',
    payment: 'Could you tell me the invoice number and the date of the charge?',
    account: 'Could you tell me the e-mail address that your account uses?',
    fault: 'Could you tell me the exact error text and the device you use?',
    other: 'Could you tell me a little more about what you would like to do?',
  },
};

const german: Phrases = {
  names: /\b(German|Deutsch|auf Deutsch)\b/i,
  greeting: 'Guten Tag,',
  thanks: (words) => (words ? `vielen Dank für Ihre Nachricht zu „${words}“.` : 'vielen Dank für Ihre Nachricht.'),
  promise: 'Ich habe Ihr Anliegen aufgenommen und sehe es mir gleich an.',
  question: {
    order: 'Können Sie mir bitte die Bestellnummer nennen, damit ich sie finde?',
    payment: 'Können Sie mir bitte die Rechnungsnummer und das Datum der Abbuchung nennen?',
    account: 'Können Sie mir bitte die E-Mail-Adresse Ihres Kontos nennen?',
    fault: 'Können Sie mir bitte den genauen Fehlertext und Ihr Gerät nennen?',
    other: 'Können Sie mir bitte etwas genauer sagen, was Sie erreichen möchten?',
  },
};

const french: Phrases = {
  names: /\b(French|français)(?!\p{L})/iu,
  greeting: 'Bonjour,',
  thanks: (words) => (words ? `Merci pour votre message au sujet de « ${words} ».` : 'Merci pour votre message.'),
  promise: 'J’ai bien noté votre demande et je m’en occupe tout de suite.',
  question: {
    order: 'Pouvez-vous m’indiquer le numéro de commande, afin que je la retrouve ?',
    payment: 'Pouvez-vous m’indiquer le numéro de facture et la date du prélèvement ?',
    account: 'Pouvez-vous m’indiquer l’adresse e-mail de votre compte ?',
    fault: 'Pouvez-vous m’indiquer le texte exact de l’erreur et votre appareil ?',
    other: 'Pouvez-vous m’en dire un peu plus sur ce que vous souhaitez faire ?',
  },
};

const spanish: Phrases = {
  names: /\b(Spanish|español)(?!\p{L})/iu,
  greeting: 'Hola:',
  thanks: (words) => (words ? `Gracias por escribirnos sobre «${words}».` : 'Gracias por su mensaje.'),
  promise: 'He tomado nota de lo que nos cuenta y lo reviso enseguida.',
  question: {
    order: '¿Puede indicarme el número de pedido para que pueda encontrarlo?',
    payment: '¿Puede indicarme el número de factura y la fecha del cargo?',
    account: '¿Puede indicarme el correo electrónico de su cuenta?',
    fault: '¿Puede indicarme el texto exacto del error y su dispositivo?',
    other: '¿Puede contarme un poco más sobre lo que quiere hacer?',
  },
};

const topics: readonly (readonly [Topic, RegExp])[] = [
  [
    'payment',
    /invoice|charge|refund|pay|rechnung|abbuch|erstatt|zahl|factur|rembours|prélev|paiement|reembols|cargo|pago/i,
  ],
  [
    'account',
    /log ?in|sign ?in|password|account|anmeld|passwort|konto|connexion|mot de passe|compte|contraseñ|cuenta/i,
  ],
  ['fault', /error|bug|crash|broken|blink|leak|does ?n.t work|clignot|fehler|kaputt|erreur|panne|fallo|no funciona/i],
  ['order', /order|deliver|shipp|parcel|return|bestell|liefer|paket|commande|livraison|colis|pedido|entrega|paquete/i],
];

/**
 * Writes a short, believable support reply to the newest message of the contact, with no model at
 * all: a greeting, then what the passages say, cited, or else a promise and a question for what is missing. The same
 * prompt gives the same reply.
 */
export function composeReply(messages: readonly Message[]): string {
  const contactText = newestContactText(messages);
  const phrases = phrasesFor(messages);
  const thanks = phrases.thanks(keyWords(contactText));
  const sources = readSources(messages);
  const facts = sources === undefined ? [] : citedFacts(sources);
  const isPartly = sources?.task.includes('answer only part') === true;
  const asks = isPartly ? `\n\n${questionFor(contactText, phrases)}` : '';
  if (facts.length > 0) return `${phrases.greeting}\n\n${facts.join(' ')}${asks}`;
  return `${phrases.greeting}\n\n${thanks} ${phrases.promise} ${questionFor(contactText, phrases)}`;
}

/** A question for what a support team usually lacks, in the language that the task asks for. */
export const composeQuestion = (messages: readonly Message[]): string =>
  questionFor(newestContactText(messages), phrasesFor(messages));

function questionFor(contactText: string, phrases: Phrases): string {
  return phrases.question[topics.find(([, pattern]) => pattern.test(contactText))?.[0] ?? 'other'];
}

/** What the contact said last: the last user message, without the passages and the task after it. */
function newestContactText(messages: readonly Message[]): string {
  const prompt = messages.findLast((message) => message.role === 'user')?.content ?? '';
  const [shown = ''] = prompt.split(taskStart);
  const [asked = ''] = shown.split('<passages>');
  return asked.replace(/\n\n\([^()\n]+\)\s*$/, '').trim();
}

function phrasesFor(messages: readonly Message[]): Phrases {
  const task = messages.map((message) => message.content).join('\n');
  const asked = /\b(?:reply|replies|answer|write|respond|draft|language)\b[^.\n]{0,60}/gi;
  const wishes = task.match(asked)?.join('\n') ?? '';
  return [german, french, spanish].find((phrases) => phrases.names.test(wishes)) ?? english;
}

// Short words say little in any of the four languages; these are the longer ones that say as little.
const fillers = new Set(
  (
    'subject about after again been before could does doing from have hello here into just like need please since some still thank ' +
    'thanks that their them then there they this those today want were what when where which will with would your ' +
    'aber bitte danke dass guten morgen abend eine einen habe haben hallo ich ihre kann können meine meinen mich nicht noch schon seit und wann ' +
    'warum wie wird wurde avec bonjour cette comment dans depuis est-ce mais merci mon pour pourquoi quand toujours votre vous ' +
    'buenas cómo como cuando cuándo desde dónde este esta gracias hola para pero porque puedo quiero todavía'
  ).split(' '),
);

/** The longest run of telling words, at most four of them; `undefined` without any. */
function keyWords(text: string): string | undefined {
  let best: string[] = [];
  let run: string[] = [];
  for (const [word] of text.matchAll(/[\p{L}\p{N}][\p{L}\p{N}'’-]*|[.,;:!?\n]/gu)) {
    const isTelling = word.length >= 4 && !fillers.has(word.toLowerCase());
    run = isTelling ? [...run, word] : [];
    const isLonger = run.length > best.length || run.join('').length > best.join('').length;
    if (isLonger && run.length >= best.length && run.length <= 4) best = run;
  }
  return best.length > 0 ? best.join(' ') : undefined;
}
