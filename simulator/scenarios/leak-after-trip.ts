import type { Scenario } from './scenario.ts';

/** Has a history: a teammate has answered before, and the question builds on that answer. */
export const leakAfterTrip: Scenario = {
  contactName: 'Ines Carvalho',
  messages: [
    {
      by: 'contact',
      minutesAgo: 2890,
      html: '<p>Hello! My Drift 2 loses air overnight. It was fine all last season. Is it broken for good?</p>',
    },
    {
      by: 'teammate',
      minutesAgo: 2871,
      html: '<p>Hi Ines, not at all. Please pump it up, brush soapy water over the seams and the two valves, and look for bubbles. Where do you see them?</p>',
    },
    { by: 'note', minutesAgo: 2870, html: '<p>Order LK-20418, bought in May last year, so still in warranty.</p>' },
    {
      by: 'contact',
      minutesAgo: 1,
      html: '<p>Found it: a small hole, about 4 mm, near the left seam. Can I patch that myself, and how long do I have to wait before I can paddle again?</p>',
    },
  ],
};
