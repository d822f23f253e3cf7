// The unmodified @segment/analytics-next in a real Chromium, on a page of another origin: preflight,
// the settings request, delivery, what is still queued when the page goes away, and consent stamped
// by @segment/analytics-consent-tools.
import assert from 'node:assert/strict';
import { accessSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { chromium } from 'playwright-core';

import { servePages } from './support/pages.mjs';
import { PERSONALIZE, NEWSLETTER, skip as no_cdp, startServer } from './support/server.mjs';

const CHROMIUM = process.env.CDP_CHROMIUM ?? '/usr/bin/chromium';
const skip = no_cdp || (there(CHROMIUM) ? false : `there is no ${CHROMIUM}`);

function there(file) {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
}

let cdp, site, profile, browser;

// The snippet that Segment's documentation has people paste, with its CDN replaced by cdp.
const snippet = (options) => `<!doctype html><title>shop</title><script>
  var analytics = window.analytics = [];
  analytics.invoked = true;
  analytics.methods = ['identify', 'track', 'page', 'screen', 'group', 'alias', 'reset', 'ready', 'on',
    'register', 'setAnonymousId', 'user', 'addSourceMiddleware', 'debug'];
  analytics.methods.forEach(function (method) {
    analytics[method] = function () {
      analytics.push([method].concat(Array.prototype.slice.call(arguments)));
      return analytics;
    };
  });
  analytics._writeKey = ${JSON.stringify(cdp.keys.web)};
  analytics._cdn = ${JSON.stringify(cdp.url)};
  analytics._loadOptions = ${JSON.stringify(options)};
  analytics.page();
</script><script async src="/npm/@segment/analytics-next/dist/umd/standalone.js"></script>`;

const with_consent = () => `<!doctype html><title>shop</title>
<script type="importmap">{"imports": {"tslib": "/npm/tslib/tslib.es6.mjs",
  "@segment/analytics-generic-utils": "/npm/@segment/analytics-generic-utils/dist/esm/index.js",
  "consent": "/npm/@segment/analytics-consent-tools/dist/esm/index.js"}}</script>
<script src="/npm/@segment/analytics-next/dist/umd/index.js"></script>
<script type="module">
  import { createWrapper } from 'consent';
  let tell, first;
  const chosen = new Promise((resolve) => { first = resolve; });
  const choices = {};
  const wrap = createWrapper({
    shouldLoadSegment: async (context) => { await chosen; context.load({ consentModel: 'opt-in' }); },
    getCategories: () => ({ ...choices }),
    registerOnConsentChanged: (setCategories) => { tell = setCategories; },
  });
  window.choose = (next) => { Object.assign(choices, next); tell?.({ ...choices }); first(); };
  const analytics = new AnalyticsNext.AnalyticsBrowser();
  wrap(analytics).load({ writeKey: ${JSON.stringify(cdp.keys.web)}, cdnURL: ${JSON.stringify(cdp.url)} });
  window.analytics = analytics;
</script>`;

before(async () => {
  if (skip) return;
  cdp = await startServer();
  site = await servePages({
    '/': snippet({}),
    '/batching': snippet({ integrations: { 'Segment.io': {
      deliveryStrategy: { strategy: 'batching', config: { size: 50, timeout: 600_000 } },
    } } }),
    '/consent': with_consent(),
    '/elsewhere': '<!doctype html><title>elsewhere</title>',
  });
  profile = await mkdtemp(path.join(tmpdir(), 'cdp-chromium-'));
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--no-proxy-server',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await cdp?.stop();
  if (profile) await rm(profile, { recursive: true, force: true });
});

// Waits for the count that the browser's last request brings; a count above it fails at once.
async function accepted_since(start, wanted) {
  for (let tries = 0; tries < 200; ++tries) {
    const count = (await cdp.stats()).accepted - start;
    if (count >= wanted) return count;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return (await cdp.stats()).accepted - start;
}

async function open(where) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
  await page.goto(site.url + where);
  return { page, complaints };
}

test('the snippet asks for settings, passes preflight and delivers', { skip }, async () => {
  const start = (await cdp.stats()).accepted;
  const { page, complaints } = await open('/');
  await page.evaluate(async () => {
    window.analytics.identify('bea', { email: 'bea@customers.example', firstName: 'Bea' });
    window.analytics.track('Looked', { colour: 'green' });
    window.analytics.group('readers');
    window.analytics.screen('Start');
    window.analytics.alias('bea', 'bea');  // what it sends is no link: taken, and left out
  });
  assert.equal(await accepted_since(start, 5), 5);  // page, identify, track, group, screen
  assert.ok(await cdp.metric('http_server_request_duration_seconds_count', 'OPTIONS') > 0, 'a preflight was asked');
  assert.deepEqual(complaints, []);
  await page.close();
});

test('a browser key shows nobody and opens no mailbox', { skip }, async () => {
  for (const purpose of [PERSONALIZE, NEWSLETTER]) {
    const shown = await cdp.profile('email', 'bea@customers.example', purpose);
    assert.equal(shown.status, 200);
    assert.deepEqual(shown.body.attributes, {});
  }
});

test('what is queued when the page goes away arrives', { skip }, async () => {
  const start = (await cdp.stats()).accepted;
  const { page } = await open('/batching');
  await page.waitForFunction(() => window.analytics.initialized);
  await page.evaluate(async () => {
    for (let i = 0; i < 5; ++i) await window.analytics.track('Clicked', { i });
  });
  assert.equal((await cdp.stats()).accepted, start, 'still on the page');
  await page.goto(`${site.url}/elsewhere`);
  // The page call, too. No look at complaints: the answer comes to a page that is gone.
  assert.equal(await accepted_since(start, 6), 6);
  await page.close();
});

test('a beacon without any header of ours arrives', { skip }, async () => {
  const start = (await cdp.stats()).accepted;
  const { page } = await open('/elsewhere');
  await page.evaluate(([url, writeKey]) => {
    const call = { writeKey, anonymousId: 'beacon-device', event: 'Left', messageId: 'beacon-1' };
    navigator.sendBeacon(`${url}/v1/t`, JSON.stringify(call));
  }, [cdp.url, cdp.keys.web]);
  await page.close();
  assert.equal(await accepted_since(start, 1), 1);
});

test('a refusal of ours is readable across origins', { skip }, async () => {
  const { page } = await open('/elsewhere');
  const seen = await page.evaluate(async (url) => {
    const answer = await fetch(`${url}/v1/t`, {
      method: 'POST', body: '{"event":', headers: { authorization: 'Basic eDo=', 'x-retry-count': '1' },
    });
    return { status: answer.status, code: (await answer.json()).error.code };
  }, cdp.url);
  assert.equal(seen.status, 400);
  await page.close();
});

test('consent given in the banner opens this device; withdrawn, a click does not reopen it', { skip }, async () => {
  // A visitor of whom the site knows nothing.
  const { page: clean } = await open('/elsewhere');
  await clean.evaluate(() => localStorage.clear());
  await clean.close();
  await browser.clearCookies();
  const { page, complaints } = await open('/consent');
  const device = 'consenting-device';
  const old = (await cdp.stats()).accepted;
  const shown = async () => (await cdp.profile('anonymous_id', device, PERSONALIZE)).body.attributes;
  await page.waitForFunction(() => Boolean(window.analytics));
  await page.evaluate(async (id) => {
    window.choose({ Taste: true, Counting: false });
    await window.analytics.setAnonymousId(id);
    await window.analytics.identify({ favourite_colour: 'green', language: 'de' });
  }, device);
  await accepted_since(old, 1);
  assert.deepEqual(await shown(), { favourite_colour: 'green' });
  // The client tells of a changed choice in an event of its own: two arrive.
  for (const [place, choice] of [false, true].entries()) {
    await page.evaluate(async (taste) => {
      window.choose({ Taste: taste });
      await window.analytics.track('Looked');
    }, choice);
    await accepted_since(old, 3 + 2 * place);
    assert.deepEqual(await shown(), {});
  }
  assert.deepEqual(complaints, []);
  await page.close();
});
