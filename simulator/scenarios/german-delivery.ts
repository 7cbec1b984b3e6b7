import type { Scenario } from './scenario.ts';

/** In German, and about something the help centre says only in English. */
export const germanDelivery: Scenario = {
  contactName: 'Jörg Sandner',
  messages: [
    {
      by: 'contact',
      minutesAgo: 1,
      html: '<p>Guten Tag, liefern Sie den Drift 1 auch in die Schweiz? Und kommt auf den Preis noch Zoll oder Mehrwertsteuer dazu?</p>',
    },
  ],
};
