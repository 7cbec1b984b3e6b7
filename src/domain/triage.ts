export const urgencies = ['normal', 'low', 'high'] as const;
export const sentiments = ['neutral', 'negative', 'positive'] as const;

/** What a short decision of the model said of the contact's open messages. */
export type Triage = {
  /** One of the team's own topics; undefined: none of them fits, or there are none. */
  readonly topic?: string | undefined;
  readonly urgency?: (typeof urgencies)[number] | undefined;
  readonly sentiment?: (typeof sentiments)[number] | undefined;
  /** ISO 639-1. */
  readonly language?: string | undefined;
  /** The contact asks for a person, or only a person can help. */
  readonly needsHuman?: boolean | undefined;
};

/** A topic by its name, or with words for the model that say what belongs to it. */
export type Topic = { readonly name: string; readonly about?: string | undefined };

/** What triage says that can be written to a field of the conversation. */
const triageFields = ['topic', 'urgency', 'sentiment', 'language', 'needsHuman'] as const;
type TriageField = (typeof triageFields)[number];

export type TriageSettings = {
  readonly topics: readonly Topic[];
  /** Names of the workspace's own conversation attributes, by what is written to each. */
  readonly attributes: Readonly<Partial<Record<TriageField, string | undefined>>>;
};

const inWords = (value: string | boolean): string =>
  typeof value === 'string' ? value : { true: 'yes', false: 'no' }[`${value}`];

/**
 * The conversation attributes to set; what triage did not say is left as it is. All are texts: Intercom's description
 * knows no field of yes and no.
 */
export function attributesToSet(
  { attributes }: TriageSettings,
  triage: Triage | undefined,
): Readonly<Record<string, string>> {
  if (triage === undefined) return {};
  return Object.fromEntries(
    triageFields.flatMap((field): readonly (readonly [string, string])[] => {
      const [name, value] = [attributes[field], triage[field]];
      return name === undefined || value === undefined ? [] : [[name, inWords(value)]];
    }),
  );
}
