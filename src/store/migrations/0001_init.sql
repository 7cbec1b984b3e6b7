-- One file for both engines. Times are ms since the epoch by our clock, except *_seconds, which are
-- Unix seconds by Intercom's clock. JSON is text.

-- What Intercom told us, without the customer's words: a wake-up call with the place it speaks of.
create table notifications (
  id text primary key,
  workspace_id text not null,
  conversation_id text not null,
  topic text not null,
  event text not null check (event in ('contact-wrote', 'teammate-replied', 'bot-replied', 'conversation-closed', 'conversation-deleted', 'part-redacted')),
  part_id text,
  author_id text,
  happened_seconds bigint not null,
  received_at bigint not null,
  scheduled_at bigint
);
create index notifications_unscheduled on notifications (received_at) where scheduled_at is null;
create index notifications_age on notifications (received_at);

create table turns (
  id text primary key,
  workspace_id text not null,
  conversation_id text not null,
  state text not null check (state in ('waiting', 'working', 'delivered', 'withheld', 'skipped', 'superseded', 'dead')),
  opened_at bigint not null,
  up_to_part_id text,
  up_to_seconds bigint not null,
  attempt integer not null,
  faults integer not null,
  due_at bigint,
  lease_owner text,
  lease_ends_at bigint,
  ended_at bigint,
  part_id text,
  reason text,
  erased_attempt integer, -- The words that attempts up to this one have read were erased: keep no trace of theirs.
  check ((state = 'waiting') = (due_at is not null)),
  check ((state = 'working') = (lease_owner is not null and lease_ends_at is not null)),
  check ((state in ('waiting', 'working')) = (ended_at is null)),
  check ((state = 'delivered') = (part_id is not null)),
  check (state not in ('withheld', 'skipped', 'superseded', 'dead') or reason is not null)
);
-- At most one live turn per conversation, held by the database itself.
create unique index turns_live on turns (workspace_id, conversation_id) where state in ('waiting', 'working');
create index turns_conversation on turns (workspace_id, conversation_id, opened_at);
create index turns_due on turns (due_at) where state = 'waiting';
create index turns_leased on turns (lease_ends_at) where state = 'working';
create index turns_ended on turns (ended_at) where ended_at is not null;
create index turns_opened on turns (opened_at);

-- The ledger of what we posted: the intent is stored before the call, the part's id after it.
create table posts (
  turn_id text primary key references turns (id) on delete cascade,
  workspace_id text not null,
  conversation_id text not null,
  kind text not null check (kind in ('note', 'comment')),
  author_id text not null,
  body text not null,
  answers_part_id text,
  answers_seconds bigint not null,
  intended_at bigint not null,
  part_id text,
  posted_at bigint
);
create index posts_conversation on posts (workspace_id, conversation_id);

-- What each attempt did, for people: prompt, answer, model, timings, checks.
create table traces (
  turn_id text not null references turns (id) on delete cascade,
  attempt integer not null,
  recorded_at bigint not null,
  trace text not null,
  primary key (turn_id, attempt)
);
