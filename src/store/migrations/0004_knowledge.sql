-- What the team's sources say. The search index of each process is derived from these tables and follows
-- `document_changes`. Times as in 0001.

create table sources (
  name text primary key,
  lease_owner text,
  lease_ends_at bigint,
  started_at bigint, -- Of the sync under way, or of one that was cut short and goes on.
  finished_at bigint, -- Of the newest sync that came to its end.
  failure text, -- Why the newest sync was cut short.
  problems text not null, -- JSON: what the newest finished sync could not read.
  check ((lease_owner is null) = (lease_ends_at is null))
);

create table documents (
  id text primary key,
  source_name text not null,
  item_id text not null, -- What is read at once: an article with its translations, a file, a page.
  kind text not null check (kind in ('article', 'internal-article', 'macro', 'file', 'web')),
  title text not null,
  url text,
  locale text,
  audience text not null check (audience in ('public', 'internal')),
  markdown text not null,
  updated_seconds bigint,
  content_hash text not null,
  validator text, -- By this the source tells whether the item has changed: an ETag, a file's size and time.
  seen_at bigint not null -- When a sync last found it.
);
create index documents_item on documents (source_name, item_id);

create table passages (
  id text primary key,
  document_id text not null references documents (id) on delete cascade,
  ordinal integer not null,
  heading_path text not null, -- JSON: the headings, outermost first.
  text text not null,
  url text,
  language text
);
create index passages_document on passages (document_id, ordinal);

-- A passage as numbers, by one model. Vectors of another model are of no use to a query.
create table vectors (
  passage_id text primary key references passages (id) on delete cascade,
  model text not null,
  revision text not null,
  prefix text not null, -- What stood before the passage when it was embedded.
  dimension integer not null,
  vector text not null -- Base64 of 32-bit floats, little-endian.
);

-- The newest change of each document that there is or was; those that are gone stay here as removals. Versions
-- are given out under a lock on `knowledge_version`, so that they are committed in their order.
create table document_changes (
  document_id text primary key,
  version bigint not null
);
create index document_changes_version on document_changes (version);
create table knowledge_version (version bigint not null);
insert into knowledge_version (version) values (0);

-- Articles that a notification speaks of, to be read anew.
create table article_notices (
  article_id text primary key,
  heard_at bigint not null
);
