import type { Answerability, JudgedSentence, Rating } from '../domain/band.ts';
import type { Audience } from '../domain/passage.ts';
import type { PartKind } from '../domain/conversation.ts';
import type { RuleVerdict } from '../domain/policy.ts';
import type { Triage } from '../domain/triage.ts';
import type { Message, Usage } from '../llm/model.ts';

/** What one attempt did, kept for whoever asks "why did it say that?". Stored as JSON. */
export type Trace = {
  /** Ms by stage, and how long the turn waited between falling due and being taken up. */
  timings: Record<string, number>;
  /** The rule of sidenote.yaml that decided; undefined where none matched. */
  rule?: string | undefined;
  /** Why each earlier rule did not match. */
  rules?: readonly RuleVerdict[] | undefined;
  promptVersion?: string;
  prompt?: readonly Message[];
  estimatedTokens?: number;
  exchangesLeftOut?: number;
  language?: string | undefined;
  /** What was searched for in the sources' language, which is not the contact's; or why the model could not say it. */
  translation?: { readonly language: string; readonly query: string } | { readonly failed: string };
  /** Why an embedding model or a reranker did not help to search. */
  searchedWithout?: readonly string[];
  /** What the search found: those for everybody in the order of their markers, then internal ones. */
  passages?: readonly {
    readonly id: string;
    readonly heading: string;
    readonly audience: Audience;
    readonly score: number;
    readonly explain: Readonly<Record<string, number>>;
  }[];
  /** Whether the passages answer, as the model sees it; or why it could not be asked. */
  answerability?:
    | { readonly choice: Answerability; readonly probability: number | undefined }
    | { readonly failed: string };
  /** The model's answer as it came. */
  completion?: string;
  /** The one before it, which was in a wrong language. */
  firstCompletion?: string;
  model?: string;
  finishReason?: string;
  /** The answer was cut at its length limit, and its end was asked for. */
  isContinued?: boolean;
  usage?: Usage;
  /** Each check with what it said. */
  checks?: readonly { readonly check: string; readonly said: string }[];
  /** Each sentence with what it cites, what stands against it and the model's verdict. */
  sentences?: readonly JudgedSentence[];
  /** Only when the model could not be asked for its verdicts. */
  supportCheck?: { readonly failed: string };
  rating?: Rating;
  /** What the model's short look at the question said. */
  triage?: Triage | { readonly failed: string };
  /** Why a draft of the mode reply was not sent; empty: it was. */
  againstSending?: readonly string[];
  /** The team that got the conversation, why, and what became of it. */
  handedOver?: { readonly team: string; readonly because: string; readonly result: string };
  /** The conversation's own fields that were filled. */
  attributes?: { readonly set: Readonly<Record<string, string>> } | { readonly failed: string };
  /** What became of each tag that was to be set. */
  tagged?: readonly { readonly tag: string; readonly result: string }[];
  posted?: { readonly kind: PartKind; readonly html: string };
  result?: string;
  reason?: string;
};

/** Collects a trace while the stages run. */
export class TraceRecorder {
  readonly trace: Trace = { timings: {} };
  readonly #now: () => number;
  readonly #onStage: (stage: string, ms: number) => void;

  /** `now` is in ms and may be monotonic; `onStage` hears each stage that ends. */
  constructor(now: () => number, onStage: (stage: string, ms: number) => void) {
    this.#now = now;
    this.#onStage = onStage;
  }

  /** Runs a stage and writes down how long it took, also when it throws. */
  async timed<Value>(stage: string, work: () => Promise<Value>): Promise<Value> {
    const begun = this.#now();
    try {
      return await work();
    } finally {
      const ms = Math.round((this.#now() - begun) * 100) / 100;
      this.trace.timings[stage] = ms;
      this.#onStage(stage, ms);
    }
  }
}
