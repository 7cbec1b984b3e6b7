import type { Scenario } from './scenario.ts';

/** A short first message on a busy day: the pump, and nothing about the order. */
export const brokenPump: Scenario = {
  contactName: 'Mina Okafor',
  messages: [
    {
      by: 'contact',
      minutesAgo: 1,
      html: '<p>The electric pump stops after a minute or so and then blinks red. We leave on Friday, help!</p>',
    },
  ],
};
