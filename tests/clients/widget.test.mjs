// The widget on a shop's own site, of another origin and under a strict content security policy: one
// script tag, an anonymous visitor, a choice that holds for this device alone, told to Segment and to
// Google Consent Mode v2. Screenshots go where the preference centre's do.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { launch, skip as no_chromium } from './support/chromium.mjs';
import { servePages } from './support/pages.mjs';
import { NEWSLETTER, PERSONALIZE, basic, skip as no_cdp, startServer } from './support/server.mjs';

const skip = no_cdp || no_chromium;
const HERE = path.dirname(new URL(import.meta.url).pathname);
const SHOTS = process.env.CDP_SCREENSHOTS ?? path.join(HERE, '../../build/screenshots/preference_centre');
const LANGUAGES = ['en', 'de', 'fr', 'es'];

let cdp, site, browser, axe;

// What a shop would paste; the policy allows our host and nothing inline.
const shop = (language) => `<!doctype html><html lang="${language}"><head><title>shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; script-src ${cdp.url}; connect-src ${cdp.url}">
<script src="${cdp.url}/widget.js" data-key="${cdp.keys.web}" defer></script></head>
<body><main><h1>Shop</h1><p>Lamps and chairs.</p><p><button type="button" data-cdp-preferences>Privacy</button></p></main></body></html>`;

before(async () => {
  if (skip) return;
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await mkdir(SHOTS, { recursive: true });
  cdp = await startServer();
  await cdp.reconfigure((config) => `${config}\n[preference_centre]\nbase_url = "${cdp.url}"\n`);
  site = await servePages(Object.fromEntries(LANGUAGES.map((language) => [`/${language}`, shop(language)])));
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await cdp?.stop();
});

// A visit, or a further page of one (`of`); what the site's Segment and Google hear is kept.
async function visit(language, options = {}) {
  const context = options.of?.context()
    ?? await browser.newContext({ viewport: { width: 1280, height: 900 }, bypassCSP: false, ...options.context });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('console', (line) => line.type() === 'error' && page.complaints.push(line.text()));
  await page.addInitScript((gpc) => {
    window.heard = [];
    window.analytics = {
      track: (...call) => window.heard.push(call),
      addSourceMiddleware: (middleware) => { window.middleware = middleware; },
    };
    if (gpc) Object.defineProperty(navigator, 'globalPrivacyControl', { value: true });
  }, options.gpc ?? false);
  await page.goto(`${site.url}/${language}`);
  return page;
}

const dialog = (page) => page.locator('[data-cdp-widget] dialog');
const kept = (page) => page.evaluate(() => JSON.parse(localStorage.getItem('cdp_preferences')));
const sent = (page) => page.waitForFunction(() => JSON.parse(localStorage.getItem('cdp_preferences'))?.sent === true);
const google = (page) => page.evaluate(() => (window.dataLayer ?? []).map((call) => [...call]).at(-1));

const press = (page, name) => dialog(page).getByRole('button', { name }).click();
const radio = (page, purpose, answer) => dialog(page).locator(`input[name="${purpose}"][value=${answer}]`);
const told = (page, type, state) => page.waitForFunction(
  ([type, state]) => [...(window.dataLayer ?? [])].at(-1)?.[2][type] === state, [type, state]);
// What an event of the site's would carry.
const stamped = (page) => page.evaluate(() => {
  const payload = { obj: {} };
  window.middleware({ payload, next: () => {} });
  return payload.obj.context?.consent.categoryPreferences;
});
const history = async (device) => (await (await cdp.post('/v1/consents/lookup',
  { identifier: { type: 'anonymous_id', value: device } }, { authorization: `Bearer ${cdp.tokens.consent}` })).json()).history;

async function shown(device, purpose) {
  return Object.keys((await cdp.profile('anonymous_id', device, purpose)).body.attributes);
}

// What the device's browser tells the shop, so that there is something to show.
async function browse(device) {
  await cdp.post('/v1/identify', { anonymousId: device, messageId: `seed-${device}`, traits: { favourite_colour: 'green', city: 'Bonn' } },
    { authorization: basic(cdp.keys.web) });
}

test('nothing is stored, sent or told before an answer, and closing is none', { skip }, async () => {
  const posts = [];
  const page = await visit('en');
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
  await dialog(page).waitFor();
  await page.keyboard.press('Tab');
  await page.locator('[data-cdp-widget] .close').click();
  await dialog(page).waitFor({ state: 'detached' });
  assert.equal(await kept(page), null);
  assert.deepEqual(posts, []);
  assert.equal(await google(page), undefined);
  assert.deepEqual((await page.context().cookies()), []);
  await page.reload();
  await dialog(page).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a choice holds for this device, and is told to Segment and Google', { skip }, async () => {
  const page = await visit('en');
  await dialog(page).getByRole('button', { name: 'Choose' }).click();
  await dialog(page).locator(`input[name="${PERSONALIZE}"][value=yes]`).check({ force: true });
  await dialog(page).getByRole('button', { name: 'Save my choices' }).click();
  await sent(page);
  const { device, choices, method } = await kept(page);
  assert.equal(method, 'save');
  assert.equal(choices[PERSONALIZE], true);
  assert.equal(choices.third_party_sharing, false, 'what was left open is no');
  await browse(device);
  assert.deepEqual((await shown(device, PERSONALIZE)).sort(), ['city', 'favourite_colour']);
  assert.deepEqual(await shown(device, NEWSLETTER), [], 'a device opens no mailbox');
  const [event, , options] = (await page.evaluate(() => window.heard)).at(-1);
  assert.equal(event, 'Segment Consent Preference Updated');
  assert.deepEqual(options.consent.categoryPreferences.Taste, true);  // the site's own names
  assert.deepEqual(options.consent.categoryPreferences.Counting, false);
  assert.equal((await stamped(page)).Taste, true);
  assert.deepEqual((await google(page)).slice(0, 2), ['consent', 'update']);
  const state = (await google(page))[2];
  assert.equal(state.personalization_storage, 'granted');
  for (const type of ['ad_storage', 'ad_user_data', 'ad_personalization', 'analytics_storage'])
    assert.equal(state[type], 'denied', type);
  // The next page does not ask again, and tells Google at once.
  await page.reload();
  await page.waitForFunction(() => window.dataLayer?.length > 0);
  assert.equal(await dialog(page).count(), 0);
  // Taken back as easily: the door is always there.
  await page.getByRole('button', { name: 'Privacy' }).click();
  assert.ok(await dialog(page).locator(`input[name="${PERSONALIZE}"][value=yes]`).isChecked());
  await dialog(page).getByRole('button', { name: 'Allow nothing' }).click();
  await sent(page);
  assert.equal((await kept(page)).device, device);
  assert.deepEqual(await shown(device, PERSONALIZE), []);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a button for everything does not overrule Global Privacy Control', { skip }, async () => {
  const page = await visit('en', { gpc: true, context: { extraHTTPHeaders: { 'sec-gpc': '1' } } });
  await dialog(page).getByText('Global Privacy Control').waitFor();
  await dialog(page).getByRole('button', { name: 'Allow everything' }).click();
  await sent(page);
  const { choices, device } = await kept(page);
  assert.equal(choices.third_party_sharing, false);
  assert.equal(choices[PERSONALIZE], true);
  assert.equal((await google(page))[2].ad_user_data, 'denied');
  assert.ok((await history(device)).some((one) => one.purpose === 'gpc' && one.choice === 'objected'));
  await page.context().close();
});

test('Global Privacy Control counts at once against what was allowed before', { skip }, async () => {
  const first = await visit('en');
  await press(first, 'Allow everything');
  await sent(first);
  await told(first, 'ad_user_data', 'granted');
  const { device } = await kept(first);
  const page = await visit('en', { of: first, gpc: true });
  await told(page, 'ad_user_data', 'denied');
  assert.ok((await page.evaluate(() => window.dataLayer.map((call) => call[2].ad_user_data))).every((one) => one === 'denied'),
    'never told anything else');
  assert.equal((await google(page))[2].personalization_storage, 'granted');
  assert.equal((await stamped(page)).third_party_sharing, false);
  await sent(page);
  assert.ok((await history(device)).some((one) => one.purpose === 'gpc' && one.choice === 'objected'));
  await page.getByRole('button', { name: 'Privacy' }).click();
  assert.ok(await radio(page, 'third_party_sharing', 'no').isChecked());
  assert.ok(await radio(page, PERSONALIZE, 'yes').isChecked());
  // Its absence is no consent.
  const later = await visit('en', { of: first });
  await told(later, 'ad_user_data', 'denied');
  assert.equal(await dialog(later).count(), 0);
  assert.deepEqual([...first.complaints, ...page.complaints, ...later.complaints], []);
  await page.context().close();
});

test('a yes that the ledger does not hold is told to nobody, and the visitor is told why', { skip }, async () => {
  const page = await visit('de', { context: { bypassCSP: true } });
  await press(page, 'Nichts erlauben');
  await sent(page);
  await page.getByRole('button', { name: 'Privacy' }).click();
  await press(page, 'Alles erlauben');
  await sent(page);
  await dialog(page).getByText('Ihr Ja dazu gilt hier nicht.').waitFor();
  assert.equal(await dialog(page).getByRole('link').getAttribute('href'), `${cdp.url}/preferences?lang=de`);
  assert.equal(await dialog(page).locator('li').count(), Object.keys((await kept(page)).choices).length);
  await page.evaluate(axe);
  assert.deepEqual((await page.evaluate(() => window.axe.run(document))).violations.map((one) => one.id), []);
  await page.screenshot({ path: path.join(SHOTS, 'widget-blocked-de-desktop.png') });
  for (const [, , state] of await page.evaluate(() => window.dataLayer.map((call) => [...call])))
    assert.ok(Object.values(state).every((one) => one === 'denied'));
  assert.ok(Object.values(await stamped(page)).every((one) => one === false));
  await page.reload();
  await told(page, 'ad_storage', 'denied');
  assert.equal(await dialog(page).count(), 0, 'a no is not asked again');
  await page.getByRole('button', { name: 'Privacy' }).click();
  assert.ok(await radio(page, PERSONALIZE, 'no').isChecked());
  assert.equal(await dialog(page).getByText('Ihr Ja dazu gilt hier nicht.').count(), await dialog(page).locator('fieldset').count());
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('an answer that is not taken waits for the next page, and a yes is none until then', { skip }, async () => {
  for (const status of [401, 404, 422, 429, 503]) {
    const page = await visit('en');
    await page.route('**/v1/widget/*', (route) => (route.request().method() !== 'POST' ? route.continue()
      : route.fulfill({ status, headers: { 'access-control-allow-origin': '*' }, body: '{}' })));
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await dialog(page).getByRole('button', { name: 'Choose' }).click();
    await radio(page, PERSONALIZE, 'yes').check({ force: true });
    await press(page, 'Save my choices');
    await answered;
    assert.equal((await google(page))[2].personalization_storage, 'denied', `${status}`);
    assert.ok(!('Taste' in await stamped(page)), 'missing is not false');
    assert.equal((await stamped(page)).Counting, false, 'a no counts at once');
    await page.unroute('**/v1/widget/*');
    await page.reload();
    await told(page, 'personalization_storage', 'granted');
    assert.equal((await stamped(page)).Taste, true);
    assert.equal((await history((await kept(page)).device)).filter((one) => one.purpose === PERSONALIZE).length, 1);
    await page.context().close();
  }
});

test('a no that was said elsewhere is heard on the first page of a day', { skip }, async () => {
  const page = await visit('en');
  await press(page, 'Allow everything');
  await told(page, 'personalization_storage', 'granted');
  const { device } = await kept(page);
  await cdp.consent({ identifier: { type: 'anonymous_id', value: device }, purpose: PERSONALIZE, choice: 'denied' });
  const before = (await history(device)).length;
  const posts = [];
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
  await page.reload();
  await told(page, 'personalization_storage', 'granted');
  assert.deepEqual(posts, [], 'not on every page');
  await page.evaluate(() => localStorage.setItem('cdp_preferences',
    JSON.stringify({ ...JSON.parse(localStorage.getItem('cdp_preferences')), heard: 0 })));
  await page.reload();
  await told(page, 'personalization_storage', 'denied');
  assert.equal((await google(page))[2].analytics_storage, 'granted');
  assert.equal((await history(device)).length, before, 'asking says nothing');
  await page.context().close();
});

test('the details say what is collected', { skip }, async () => {
  const page = await visit('en');
  await dialog(page).getByRole('button', { name: 'Choose' }).click();
  const { purposes } = await (await fetch(`${cdp.url}/v1/widget/${cdp.keys.web}?lang=en`)).json();
  for (const one of purposes) assert.ok(await dialog(page).getByText(one.collected).first().isVisible(), one.purpose);
  await page.context().close();
});

test('a wrong key asks nothing, and a source of another kind is none', { skip }, async () => {
  assert.equal((await fetch(`${cdp.url}/v1/widget/wrong`)).status, 404);
  const answer = await cdp.post(`/v1/widget/${cdp.keys.web}`, { anonymousId: 'd', messageId: 'm', choices: { [NEWSLETTER]: true, 'made.up': true } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  await browse('d');
  assert.deepEqual(await shown('d', NEWSLETTER), [], 'a channel is not asked for on a site');
});

test('the dialog is accessible in every language, by keyboard, and photographed', { skip }, async () => {
  const found = [];
  const judge = async (page, what) => {
    const result = await page.evaluate(() => window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }));
    for (const one of result.violations) found.push(`${what} ${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
  };
  for (const [kind, context] of [
    ['desktop', {}], ['phone', { viewport: { width: 390, height: 844 } }], ['phone-dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
  ]) {
    for (const language of LANGUAGES) {
      const page = await visit(language, { context: { ...context, bypassCSP: true } });
      await page.evaluate(axe);
      await dialog(page).waitFor();
      assert.equal(await dialog(page).getAttribute('lang'), language);
      await judge(page, `first ${language} ${kind}`);
      await page.screenshot({ path: path.join(SHOTS, `widget-${language}-${kind}.png`) });
      await dialog(page).locator('.buttons button').nth(2).click();
      await dialog(page).locator('fieldset').first().waitFor();
      await judge(page, `details ${language} ${kind}`);
      await page.screenshot({ path: path.join(SHOTS, `widget-details-${language}-${kind}.png`) });
      // A modal dialog holds the keyboard, and Escape closes it.
      for (let presses = 0; presses < 30; ++presses) await page.keyboard.press('Tab');
      assert.ok(await page.evaluate(() => [document.body, document.querySelector('[data-cdp-widget]')].includes(document.activeElement)));
      await page.keyboard.press('Escape');
      await dialog(page).waitFor({ state: 'detached' });
      assert.equal(await kept(page), null);
      await page.context().close();
    }
  }
  assert.deepEqual(found, []);
});

// Last: the configuration of the server changes.
test('what changed and was allowed is asked again, and nothing else is', { skip }, async () => {
  const yes = await visit('en');
  await press(yes, 'Allow everything');
  await told(yes, 'personalization_storage', 'granted');
  const no = await visit('en');
  await press(no, 'Allow nothing');
  await sent(no);
  const open = await visit('en');  // its page shows the old texts
  await dialog(open).waitFor();
  await cdp.reconfigure((config) => `${config}
[purpose."${PERSONALIZE}"]
notice = "2027-01"
[notice."2027-01"]
material = ["${PERSONALIZE}"]
[notice."2027-01".text."${PERSONALIZE}"]
en = {title = "A new use", collected = "something else", why = "w", recipients = "r", in_return = "i"}
`);
  await no.reload();
  await no.waitForFunction(() => window.dataLayer?.length > 0);
  assert.equal(await dialog(no).count(), 0);
  const asked_again = async (page) => {
    await dialog(page).getByText('This text has changed since you said yes.').waitFor();
    assert.equal(await dialog(page).locator('fieldset').count(), 1);
    assert.ok(await dialog(page).getByText('something else').isVisible());
    assert.equal(await dialog(page).locator('input:checked').count(), 0);
    assert.equal((await google(page))[2].personalization_storage, 'denied');
    assert.equal((await google(page))[2].analytics_storage, 'granted');
    assert.ok(!('Taste' in await stamped(page)));
    assert.equal((await stamped(page)).Counting, true);
    await radio(page, PERSONALIZE, 'yes').check({ force: true });
    await press(page, 'Save my choices');
    await told(page, 'personalization_storage', 'granted');
    assert.equal((await stamped(page)).Taste, true);
    const said = (await history((await kept(page)).device)).filter((one) => one.purpose === PERSONALIZE);
    assert.equal(said[0].notice_version, '2027-01');
    assert.deepEqual(page.complaints, []);
    await page.context().close();
    return said.length;
  };
  await yes.reload();
  assert.equal(await asked_again(yes), 2);
  await press(open, 'Allow everything');
  assert.equal(await asked_again(open), 1, 'no yes to a text that was not shown');
  await no.context().close();
});
