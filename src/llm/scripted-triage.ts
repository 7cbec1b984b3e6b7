import { z } from 'zod';
import { asksForPerson } from '../domain/asks-for-person.ts';
import type { AnswerFormat, Message } from './model.ts';
import { taskStart } from './tasks.ts';

const TriageSchema = z.looseObject({
  properties: z.looseObject({ topic: z.looseObject({ enum: z.array(z.string()) }) }),
});

/** Triage for the demo: a topic is found by its name in the message. undefined for any other question. */
export function decideTriage({ name, schema }: AnswerFormat, messages: readonly Message[]): string | undefined {
  if (name !== 'triage') return undefined;
  const topics = TriageSchema.parse(schema).properties.topic.enum;
  const newest =
    (messages.at(-1)?.content ?? '').split(taskStart)[0]?.split('Newest message of the customer:')[1] ?? '';
  const text = newest.toLowerCase();
  const topic = topics.find((one) => one !== 'none' && text.includes(one.toLowerCase())) ?? 'none';
  const needsHuman = asksForPerson(newest);
  return JSON.stringify({ topic, urgency: 'normal', sentiment: 'neutral', language: 'other', needsHuman });
}
