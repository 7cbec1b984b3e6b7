-- When replies were allowed to go out, one row for each turn: what the cap of the hour and the spacing are counted by,
-- for all instances together. Rows older than the hour are deleted as new ones come.
create table replies (
  turn_id text primary key,
  workspace_id text not null,
  goes_at bigint not null
);
create index replies_workspace on replies (workspace_id, goes_at);
