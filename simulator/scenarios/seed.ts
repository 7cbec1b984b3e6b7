import type { SimulatedConversation, SimulatedPart } from '../model.ts';
import type { Workspace } from '../workspace.ts';
import { brokenPump } from './broken-pump.ts';
import { emailReturn } from './email-return.ts';
import { germanDelivery } from './german-delivery.ts';
import { leakAfterTrip } from './leak-after-trip.ts';
import type { Scenario } from './scenario.ts';

const scenarios: readonly Scenario[] = [leakAfterTrip, emailReturn, germanDelivery, brokenPump];

/** The newest message of a seeded conversation; `part` is absent when that is the first message. */
export type Seeded = { readonly conversation: SimulatedConversation; readonly part: SimulatedPart | undefined };

/** Puts the example conversations into the workspace, without a webhook. */
export function seed(workspace: Workspace): Seeded[] {
  return scenarios.map((scenario) => {
    const { conversation } = play(workspace, scenario);
    return { conversation, part: conversation.parts.at(-1) };
  });
}

function play(workspace: Workspace, { contactName, channel, subject, messages }: Scenario) {
  const now = workspace.nowSeconds();
  const { teammate } = workspace.cast;
  let conversationId: string | undefined;
  for (const { by, html, minutesAgo } of messages) {
    const createdAt = now - minutesAgo * 60;
    if (by === 'contact' || conversationId === undefined) {
      ({ conversationId } = workspace.contactWrites({
        conversationId,
        contactName,
        channel,
        subject,
        html,
        createdAt,
        notify: false,
      }));
    } else {
      workspace.addPart(conversationId, {
        author: teammate,
        partType: by === 'note' ? 'note' : 'comment',
        html,
        createdAt,
        notify: false,
      });
    }
  }
  if (conversationId === undefined) throw new Error('A scenario needs at least one message.');
  return { conversation: workspace.get(conversationId) };
}
