/** One text for every language, or one for each, by ISO 639-1. */
type LocalText = string | Readonly<Record<string, string>>;

export type ClosingSettings = {
  /** Tells the contact that a machine wrote this. */
  readonly disclosure: LocalText;
  /** Tells them how to reach a person. */
  readonly person: LocalText;
};

/** What a reply says where the team has no words of its own. Whoever writes the word that is asked for gets a person. */
export const defaultClosing = {
  disclosure: {
    en: 'This answer was written by our AI assistant.',
    de: 'Diese Antwort hat unser KI-Assistent geschrieben.',
    fr: 'Cette réponse a été rédigée par notre assistant IA.',
    es: 'Esta respuesta la ha escrito nuestro asistente de IA.',
    it: 'Questa risposta è stata scritta dal nostro assistente IA.',
    pt: 'Esta resposta foi escrita pelo nosso assistente de IA.',
    nl: 'Dit antwoord is geschreven door onze AI-assistent.',
  },
  person: {
    en: 'Write “human” to talk to a person.',
    de: 'Schreiben Sie „Mensch“, um mit einer Person zu sprechen.',
    fr: 'Écrivez « humain » pour parler à une personne.',
    es: 'Escriba «humano» para hablar con una persona.',
    it: 'Scriva «umano» per parlare con una persona.',
    pt: 'Escreva «humano» para falar com uma pessoa.',
    nl: 'Schrijf “mens” om met een persoon te praten.',
  },
} as const satisfies ClosingSettings;

const inLanguage = (text: LocalText, language: string): string =>
  typeof text === 'string' ? text : (text[language] ?? text['en'] ?? Object.values(text)[0] ?? '');

/** What stands below a reply, in the contact's language where there is one for it; empty where the team wants none. */
export function closingLine({ disclosure, person }: ClosingSettings, language: string | undefined): string {
  const lines = [disclosure, person].map((text) => inLanguage(text, language ?? 'en').trim());
  return lines.filter((line) => line !== '').join(' ');
}
