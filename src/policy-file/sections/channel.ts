import { z } from 'zod';

/** The lists of the fact sheet: `source.type` of a conversation, the Messenger's by its name. */
export const Channel = z.enum([
  'messenger',
  'email',
  'facebook',
  'instagram',
  'phone_call',
  'phone_switch',
  'push',
  'sms',
  'twitter',
  'whatsapp',
]);
