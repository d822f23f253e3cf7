// What the preference centre says to people for whom a yes does not count, or a no is not all: its
// words against what the next lookup gives. In a real Chromium, against the binary.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { launch, skip as no_chromium } from './support/chromium.mjs';
import { NEWSLETTER, PERSONALIZE, basic, skip as no_cdp, startServer } from './support/server.mjs';
import { startSink } from './support/smtp_sink.mjs';

const skip = no_cdp || no_chromium;
const HERE = path.dirname(new URL(import.meta.url).pathname);
const SHOTS = process.env.CDP_SCREENSHOTS ?? path.join(HERE, '../../build/screenshots/preference_centre');
const SMALL = { width: 320, height: 720 };
const DESKTOP = { width: 1280, height: 900 };

let cdp, sink, browser;

before(async () => {
  if (skip) return;
  await mkdir(SHOTS, { recursive: true });
  sink = await startSink();
  cdp = await startServer();
  await cdp.reconfigure((config) => `${config}
[preference_centre]
base_url = "${cdp.url}"

[mail]
smtp = "smtp://127.0.0.1:${sink.port}"
from = "Example <privacy@shop.example>"

[purpose."${NEWSLETTER}"]
basis = "soft_opt_in"
opt_out_offered = "checkout"
`);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await cdp?.stop();
  await sink?.stop();
});

async function sign_in(email, language = 'en') {
  const context = await browser.newContext({ viewport: DESKTOP });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  await page.goto(`${cdp.url}/preferences?lang=${language}`);
  await page.fill('#email', email);
  await page.click('form.panel button');
  await page.waitForURL('**/preferences/sent**');
  await page.goto((await sink.next()).text.split('\n').find((line) => line.startsWith('http')));
  await page.click('form.panel button');
  await page.waitForURL(`**/preferences?lang=${language}`);
  return page;
}

const tick = (page, purpose, answer) =>
  page.locator(`input[name="p:${purpose}"][value=${answer}]`).check({ force: true });
const press = (page, button) => Promise.all([page.waitForNavigation(), page.click(button)]);
const flash = (page) => page.locator('#flash').textContent();
const standing = (page, purpose) =>
  page.locator('fieldset', { has: page.locator(`input[name="p:${purpose}"]`) }).locator('.standing').textContent();
const told = async (type, value, purpose) => Object.keys((await cdp.profile(type, value, purpose)).body.attributes ?? {}).sort();

// Photographs a page at both widths, and holds that nothing is wider than the screen.
async function photograph(page, name) {
  for (const viewport of [DESKTOP, SMALL]) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: path.join(SHOTS, `${name}-${viewport.width}.png`), fullPage: true });
    const wide = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('.scroll')]
      .some((box) => box.scrollWidth > box.clientWidth));
    assert.ok(!wide, `${name} is wider than ${viewport.width} px`);
  }
  await page.setViewportSize(DESKTOP);
}

test('to two accounts behind one mailbox no yes is promised, and a no counts for both', { skip }, async () => {
  const email = 'ann.and.theo@home.example';
  for (const name of ['one', 'two']) {
    await cdp.identify(name, { email, first_name: name, favourite_colour: 'green' });
    await cdp.post('/v1/track', {
      userId: name, messageId: `yes-${name}`, event: 'Looked', context: { consent: { categoryPreferences: { Taste: true } } },
    }, { authorization: basic(cdp.keys.app) });
    assert.deepEqual(await told('user_id', name, PERSONALIZE), ['favourite_colour', 'first_name'], 'granted in the account');
  }
  const page = await sign_in(email);
  assert.match(await page.locator('main').textContent(), /Several accounts.* share this address/);
  assert.equal(await standing(page, PERSONALIZE), 'Decided in each account with this address');
  assert.doesNotMatch(await page.locator('main').textContent(), /Nobody outside/);
  await photograph(page, 'shared-en');
  await page.goto(`${cdp.url}/preferences/history?lang=en`);
  assert.match(await page.locator('.panel').textContent(), /said here yet/);
  await page.goto(`${cdp.url}/preferences?lang=en`);
  await tick(page, 'analytics.reporting', 'yes');
  await press(page, 'button[value=save]');
  assert.match(await flash(page), /^Saved\. A no counts for every account/);
  assert.match(await standing(page, 'analytics.reporting'), /^You said yes here on .* decided in each account/);
  await tick(page, PERSONALIZE, 'no');
  await press(page, 'button[value=save]');
  assert.match(await standing(page, PERSONALIZE), /^You said no here on /);
  for (const name of ['one', 'two']) assert.deepEqual(await told('user_id', name, PERSONALIZE), []);
  await page.context().close();
});

test('a child reads that a yes waits for a parent', { skip }, async () => {
  const email = 'kid@home.example';
  const year = new Date().getUTCFullYear() - 10;
  await cdp.identify('kid', { email, birthday: `${year}-05-31`, favourite_colour: 'green' });
  const page = await sign_in(email);
  await tick(page, PERSONALIZE, 'yes');
  await press(page, 'button[value=save]');
  assert.match(await flash(page), /^Saved\. Your yes does not count.*A shop that fits you/);
  assert.match(await standing(page, PERSONALIZE), /recorded, but does not count: .*parent/);
  assert.deepEqual(await told('email', email, PERSONALIZE), []);
  await photograph(page, 'child-en');
  await press(page, 'button[value=accept]');
  assert.doesNotMatch(await flash(page).catch(() => ''), /Everything is allowed/);
  await page.context().close();
});

test('before the first order a soft opt-in says that the order will open it', { skip }, async () => {
  const email = 'gwen@home.example';
  await cdp.identify('gwen', { email });
  const page = await sign_in(email);
  assert.match(await standing(page, NEWSLETTER), /^Not yet\. Once you have bought from us, .* unless you say no/);
  await photograph(page, 'soft-opt-in-en');
  await page.context().close();
});

test('the history names kinds of ways, no token, and fits a small screen', { skip }, async () => {
  const email = 'rita@home.example';
  await cdp.identify('rita', { email });
  const said = { identifier: { type: 'email', value: email }, purpose: PERSONALIZE, occurred_at: '2026-01-01T12:00:00Z' };
  assert.equal((await cdp.consent({ ...said, choice: 'granted' })).status, 200);
  const page = await sign_in(email, 'fr');
  await page.setExtraHTTPHeaders({ 'sec-gpc': '1' });
  await page.goto(`${cdp.url}/preferences/history?lang=fr`);
  const table = await page.locator('table').textContent();
  assert.doesNotMatch(table, /tok_|consent-api/);
  assert.match(table, /par un service de Example/);
  assert.match(table, /par le signal de confidentialité de votre navigateur/);
  assert.match(table, /1er janvier 2026/);
  await photograph(page, 'history-ways-fr');
  await page.context().close();
});
