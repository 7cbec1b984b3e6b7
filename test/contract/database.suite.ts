import { attempts } from './database/attempts.suite.ts';
import { claims } from './database/claims.suite.ts';
import { documents } from './database/documents.suite.ts';
import { fence } from './database/fence.suite.ts';
import { forgetting } from './database/forgetting.suite.ts';
import { migrations } from './database/migrations.suite.ts';
import { notifications } from './database/notifications.suite.ts';
import { pauses } from './database/pauses.suite.ts';
import type { DatabaseHarness } from './database/place.ts';
import { plans } from './database/plans.suite.ts';
import { posts } from './database/posts.suite.ts';
import { replies } from './database/replies.suite.ts';
import { scheduling } from './database/scheduler.suite.ts';
import { sources } from './database/sources.suite.ts';
import { suspects } from './database/suspects.suite.ts';
import { sweeps } from './database/sweeps.suite.ts';
import { transactions } from './database/transactions.suite.ts';
import { turns } from './database/turns.suite.ts';
import { workers } from './database/workers.suite.ts';

/** Everything that Sidenote asks of its storage; both engines are held to it. */
export function databaseContract(harness: DatabaseHarness): void {
  migrations(harness);
  transactions(harness);
  notifications(harness);
  turns(harness);
  claims(harness);
  fence(harness);
  attempts(harness);
  posts(harness);
  replies(harness);
  forgetting(harness);
  documents(harness);
  sources(harness);
  scheduling(harness);
  pauses(harness);
  sweeps(harness);
  workers(harness);
  suspects(harness);
  plans(harness);
}
