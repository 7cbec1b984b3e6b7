-- What the sweep for missed messages has still to look through. Times in seconds, as in 0001.

-- Up to here a range has been opened; nothing newer was ever swept.
create table sweep_reach (
  workspace_id text primary key,
  reached_seconds bigint not null
);

-- Ranges of Intercom's `updated_at`. The end comes down to the beginning as the sweep goes from new to old.
create table sweep_ranges (
  workspace_id text not null,
  from_seconds bigint not null,
  until_seconds bigint not null,
  leased_until bigint not null, -- ms by our clock: until then it is one instance's.
  primary key (workspace_id, from_seconds)
);

-- On return from an outage the newest of many waiting turns are taken first.
create index turns_waiting_opened on turns (opened_at) where state = 'waiting';
