-- The kill switch: while any row stands, nothing is drafted and nothing is posted. `source` names who set it: `operator`
-- for the command and the HTTP call, or the pause file of an instance, so that each takes back its own.
create table pauses (
  source text primary key,
  reason text not null,
  paused_at bigint not null
);
