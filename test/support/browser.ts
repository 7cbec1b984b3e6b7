import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packedChromium from '@sparticuz/chromium';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

export type TestBrowser = AsyncDisposable & {
  /** A page in a context of its own; anything the page logs as an error, or fails to load, goes to `problems`. */
  openPage(url: string, options?: BrowserContextOptions): Promise<TestPage>;
};

export type TestPage = { readonly page: Page; readonly problems: readonly string[] };

/** Nothing of the browser's own may go out: tests run on machines without a network. */
const flags = [
  '--no-sandbox', // the tests run as root in CI, where Chromium refuses to start with its sandbox
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-pings',
  '--disable-gpu',
  '--font-render-hinting=none',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

/** For each wait of a test: long enough for a busy machine, short enough to tell what failed. */
const waitMsMax = 15_000;

/**
 * Starts the Chromium that npm installed. Unpacked once per machine and version, some two seconds.
 * Close it with `await using`.
 */
export async function launchBrowser(): Promise<TestBrowser> {
  const home = await unpackedChromium();
  const browser: Browser = await chromium.launch({
    executablePath: join(home, 'chromium'),
    args: flags,
    env: { ...process.env, FONTCONFIG_FILE: join(home, 'fonts.conf') },
  });
  return {
    async openPage(url, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      context.setDefaultTimeout(waitMsMax);
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(url);
      return { page, problems };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/**
 * The package unpacks itself into the temporary directory and takes whatever lies there for
 * complete. Test files run side by side, so each unpacks into a directory of its own; the first to
 * finish gives that directory its final name, beside the package, and all later ones find it.
 */
async function unpackedChromium(): Promise<string> {
  const packageRoot = new URL('../../', import.meta.resolve('@sparticuz/chromium'));
  const home = fileURLToPath(new URL('unpacked', packageRoot));
  if (existsSync(home)) return home;

  const staging = await mkdtemp(`${home}-`);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = staging;
  const unpacking = packedChromium.executablePath(); // reads the variable before its first await
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  await unpacking;
  await writeFile(join(staging, 'fonts.conf'), fontConfiguration(join(home, 'fonts')));

  try {
    await rename(staging, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
    await rm(staging, { recursive: true });
  }
  return home;
}

/** The package's own file looks for its fonts in fixed places; without any font Chromium ends itself. */
function fontConfiguration(fonts: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${fonts}</dir><dir>/usr/share/fonts</dir><cachedir>${fonts}-cache</cachedir></fontconfig>
`;
}
