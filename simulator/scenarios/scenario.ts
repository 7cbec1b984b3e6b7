/** A believable conversation of the invented company. The last message is a contact's and waits for an answer. */
export type Scenario = {
  readonly contactName: string;
  /** `source.type`; default the Messenger. */
  readonly channel?: string;
  readonly subject?: string;
  readonly messages: readonly {
    readonly by: 'contact' | 'teammate' | 'note';
    readonly html: string;
    readonly minutesAgo: number;
  }[];
};
