import type { SourceSettings } from '../../domain/source-settings.ts';
import type { IntercomClient } from '../../intercom/client.ts';
import type { Source } from '../source.ts';
import { createFolder } from './folder.ts';
import { createHelpCenter } from './help-center.ts';
import { createInternalArticles, createMacros } from './intercom-lists.ts';
import { createWebSite, type WebDeps } from './web.ts';

/** What sources are read through. */
export type SourceDeps = WebDeps & { readonly intercom: IntercomClient };

/** The source that the settings describe. */
export function openSource(settings: SourceSettings, deps: SourceDeps): Source {
  const { intercom } = deps;
  switch (settings.type) {
    case 'help-center':
      return createHelpCenter(intercom, settings);
    case 'internal-articles':
      return createInternalArticles(intercom, settings);
    case 'macros':
      return createMacros(intercom, settings);
    case 'folder':
      return createFolder(settings);
    case 'web':
      return createWebSite(settings, deps);
  }
}
