// The preference centre in a real Chromium against the binary: in by a mailed link, a choice that
// the very next lookup obeys, every page in four languages judged by axe-core (WCAG 2.2 AA), by
// keyboard, without JavaScript, within its weight. Screenshots of every page, desktop and phone,
// are written to build/screenshots/preference_centre (CDP_SCREENSHOTS names another place).
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { launch, skip as no_chromium } from './support/chromium.mjs';
import { NEWSLETTER, PERSONALIZE, basic, skip as no_cdp, startServer } from './support/server.mjs';
import { startSink } from './support/smtp_sink.mjs';

const skip = no_cdp || no_chromium;
const HERE = path.dirname(new URL(import.meta.url).pathname);
const SHOTS = process.env.CDP_SCREENSHOTS ?? path.join(HERE, '../../build/screenshots/preference_centre');
const LANGUAGES = ['en', 'de', 'fr', 'es'];
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };
const WEIGHT_MAX = 30 * 1024;
const LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 24" width="120" height="24"><circle cx="12" cy="12" r="10" fill="#1f4d3f"/><path d="M30 6h84v12H30z" fill="#1f4d3f"/></svg>';

let cdp, sink, browser, axe;

before(async () => {
  if (skip) return;
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await mkdir(SHOTS, { recursive: true });
  sink = await startSink();
  cdp = await startServer();
  await writeFile(path.join(cdp.directory, 'brand.css'), ':root { --round: .625rem; }\n');
  await writeFile(path.join(cdp.directory, 'logo.svg'), LOGO);
  await cdp.reconfigure((config) => `${config}
[preference_centre]
base_url = "${cdp.url}"
css = "brand.css"
logo = "logo.svg"

[mail]
smtp = "smtp://127.0.0.1:${sink.port}"
from = "Example <privacy@shop.example>"
`);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await cdp?.stop();
  await sink?.stop();
});

// A customer whom the shop's own server told us of.
async function customer(name) {
  const email = `${name}@home.example`;
  await cdp.identify(name, { email, first_name: name, city: 'Bonn', favourite_colour: 'green' });
  return email;
}

async function context(options = {}) {
  const made = await browser.newContext({ viewport: DESKTOP, locale: 'en-GB', ...options });
  made.setDefaultTimeout(20_000);
  return made;
}

const link_in = (mail) => mail.text.split('\n').find((line) => line.startsWith('http'));

// In, the way a person comes in.
async function sign_in(page, email, language = 'en') {
  await page.goto(`${cdp.url}/preferences?lang=${language}`);
  await page.fill('#email', email);
  await page.click('form.panel button');
  await page.waitForURL('**/preferences/sent**');
  const mail = await sink.next();
  assert.deepEqual(mail.to, [email]);
  await page.goto(link_in(mail));
  await page.click('form.panel button');
  await page.waitForURL(`**/preferences?lang=${language}`);
  return mail;
}

const radio = (page, purpose, answer) => page.locator(`input[name="p:${purpose}"][value=${answer}]`);
const tick = (page, purpose, answer) => radio(page, purpose, answer).check({ force: true });
// Presses a button that posts a form, and waits for the page that follows.
const press = (page, button) => Promise.all([page.waitForNavigation(), page.click(button)]);
const save = (page) => press(page, 'button[value=save]');
const flash = (page) => page.locator('#flash').textContent();
const shown = async (email, purpose) => Object.keys((await cdp.profile('email', email, purpose)).body.attributes);

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

test('a choice is visible to the very next lookup', { skip }, async () => {
  const email = await customer('ada');
  assert.deepEqual(await shown(email, NEWSLETTER), []);
  const page = await (await context()).newPage();
  await sign_in(page, email);
  await tick(page, NEWSLETTER, 'yes');
  await tick(page, PERSONALIZE, 'yes');
  await save(page);
  assert.match(await flash(page), /^Saved\./);
  assert.ok((await shown(email, NEWSLETTER)).includes('email'));
  assert.ok((await shown(email, PERSONALIZE)).includes('favourite_colour'));
  assert.ok(await radio(page, NEWSLETTER, 'yes').isChecked());
  // What was given in two ticks is taken back in one.
  await press(page, 'button[value=withdraw_all]');
  assert.match(await flash(page), /^Everything is withdrawn\./);
  assert.deepEqual(await shown(email, NEWSLETTER), []);
  assert.deepEqual(await shown(email, PERSONALIZE), []);
  // And given again; what had been opted out of as sale needs its second step.
  await press(page, 'button[value=accept]');
  assert.equal(await page.locator('h1').textContent(), 'Please confirm');
  await page.screenshot({ path: path.join(SHOTS, 'confirm-en-desktop.png'), fullPage: true });
  await press(page, 'button[value=yes]');
  assert.ok((await shown(email, NEWSLETTER)).includes('email'));
  // Those who were shown data are named.
  await page.reload();
  assert.match(await page.locator('.vendors table').textContent(), /crm.*Up to date/s);
  await page.context().close();
});

test('a link works once, and looking at it does not use it up', { skip }, async () => {
  const email = await customer('bea');
  const page = await (await context()).newPage();
  await page.goto(`${cdp.url}/preferences`);
  await page.fill('#email', ` ${email.toUpperCase()} `.trim());
  await page.click('form.panel button');
  const mail = await sink.next();
  const link = link_in(mail);
  assert.equal(mail.headers['auto-submitted'], 'auto-generated');
  assert.equal(mail.from, 'privacy@shop.example');
  assert.ok(!decodeURIComponent(link).includes('bea'), 'no personal data in the link');
  for (let i = 0; i < 3; ++i) assert.equal((await fetch(link)).status, 200);
  await page.goto(link);
  await page.click('form.panel button');
  await page.waitForURL('**/preferences?lang=en');
  assert.match(await page.locator('.whose').textContent(), /b•••@home\.example/);
  await page.goto(link);
  await page.click('form.panel button');
  assert.equal(await page.locator('h1').textContent(), 'This link no longer works');
  await page.context().close();
});

test('known, unknown, erased and claimed addresses get the same answer', { skip }, async () => {
  await customer('known');
  const gone = await customer('gone');
  await cdp.cli('erase', '--value', gone, '--yes');
  await cdp.post('/v1/identify', { userId: 'claimed', messageId: 'claimed-1', traits: { email: 'claimed@home.example' } },
    { authorization: basic(cdp.keys.web) });
  await cdp.stats();
  const ask = async (email) => {
    const answer = await fetch(`${cdp.url}/preferences/link?lang=en`, {
      method: 'POST', redirect: 'manual', body: new URLSearchParams({ email }), headers: { origin: cdp.url },
    });
    const headers = [...answer.headers].filter(([name]) => name !== 'date');
    return { status: answer.status, headers, body: await answer.text() };
  };
  const answers = [];
  for (const email of ['nobody@home.example', gone, 'claimed@home.example', 'not an address', 'known@home.example'])
    answers.push(await ask(email));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal(answers[0].status, 303);
  // The queue is in order: what comes first is for the one who is known, and it is the only one.
  assert.deepEqual((await sink.next()).to, ['known@home.example']);
  assert.equal(sink.count(), 0);
});

test('a form that is not from our page changes nothing', { skip }, async () => {
  const email = await customer('cas');
  const page = await (await context()).newPage();
  await sign_in(page, email);
  const cookie = (await page.context().cookies()).find((one) => one.name === '__Host-cdp-preferences');
  assert.ok(cookie.secure && cookie.httpOnly && cookie.path === '/' && cookie.sameSite === 'Lax');
  const key = await page.locator('input[name=form_key]').first().inputValue();
  const post = (form, headers) => fetch(`${cdp.url}/preferences`, {
    method: 'POST', redirect: 'manual', body: new URLSearchParams(form),
    headers: { cookie: `${cookie.name}=${cookie.value}`, ...headers },
  });
  const read = await page.locator('form.all input[name^="n:"]').evaluateAll((all) => all.map((one) => [one.name, one.value]));
  const yes = { action: 'accept', form_key: key, ...Object.fromEntries(read) };
  for (const [form, headers] of [
    [yes, { origin: 'https://evil.example' }],
    [yes, { origin: 'null' }],
    [yes, {}],
    [{ action: 'accept' }, { origin: cdp.url }],
    [{ ...yes, form_key: `${key}x` }, { origin: cdp.url }],
  ]) {
    const answer = await post(form, headers);
    assert.equal(answer.status, 403);
    assert.match(await answer.text(), /nothing was changed/);
  }
  assert.deepEqual(await shown(email, PERSONALIZE), []);
  assert.equal((await post(yes, { origin: cdp.url })).status, 303);
  assert.notDeepEqual(await shown(email, PERSONALIZE), []);
  await page.click('button.link');
  await page.waitForURL('**/preferences?lang=en&state=signed-out');
  assert.equal((await post(yes, { origin: cdp.url })).headers.get('location'), '/preferences?lang=en');
  await page.context().close();
});

test('everything works without JavaScript', { skip }, async () => {
  const email = await customer('dan');
  const page = await (await context({ javaScriptEnabled: false })).newPage();
  await sign_in(page, email, 'fr');
  await tick(page, PERSONALIZE, 'yes');
  await save(page);
  assert.equal(await flash(page), 'Enregistré. Cela vaut dès maintenant.');
  assert.notDeepEqual(await shown(email, PERSONALIZE), []);
  await page.locator('summary').first().click();
  assert.ok(await page.locator('details dl').first().isVisible());
  await page.click('.onward a');
  assert.equal(await page.locator('h1').textContent(), 'Historique');
  await page.context().close();
});

test('everything works by keyboard alone', { skip }, async () => {
  const email = await customer('eva');
  const page = await (await context()).newPage();
  await sign_in(page, email);
  const focused = () => page.evaluate(() => {
    const at = document.activeElement;
    const box = (at.closest('label') ?? at).getBoundingClientRect();
    return { name: at.getAttribute('name'), value: at.getAttribute('value'), text: at.textContent.trim(),
      seen: box.height > 0 && box.bottom > 0 && box.top < innerHeight, tag: at.tagName };
  });
  await page.keyboard.press('Tab');
  assert.equal((await focused()).text, 'Skip to the content');
  let at;
  for (let presses = 0; presses < 60; ++presses) {
    await page.keyboard.press('Tab');
    at = await focused();
    assert.ok(at.seen, `focus is in sight: ${at.tag} ${at.name}`);
    if (at.name === `p:${NEWSLETTER}`) break;
  }
  assert.equal(at.name, `p:${NEWSLETTER}`);
  assert.equal(at.value, 'yes');
  await page.keyboard.press('Space');
  assert.ok(await radio(page, NEWSLETTER, 'yes').isChecked());
  await page.keyboard.press('ArrowRight');
  assert.ok(await radio(page, NEWSLETTER, 'no').isChecked());
  await page.keyboard.press('ArrowLeft');
  assert.match(await page.locator('#unsaved').textContent(), /^1 change/);
  for (let presses = 0; presses < 60 && at.value !== 'save'; ++presses) {
    await page.keyboard.press('Tab');
    at = await focused();
  }
  await page.keyboard.press('Enter');
  await page.locator('#flash').waitFor();
  // A screen reader is taken to what happened.
  await page.waitForFunction(() => document.activeElement.id === 'flash');
  assert.notDeepEqual(await shown(email, NEWSLETTER), []);
  await page.context().close();
});

test('a first render is light and asks nobody else', { skip }, async () => {
  const email = await customer('fay');
  const page = await (await context()).newPage();
  await sign_in(page, email);
  let weight = 0;
  const elsewhere = [];
  page.on('requestfinished', async (request) => {
    if (!request.url().startsWith(cdp.url) && !request.url().startsWith('data:')) elsewhere.push(request.url());
  });
  page.on('response', async (response) => {
    if (response.request().resourceType() !== 'image') weight += Number(response.headers()['content-length'] ?? 0);
  });
  const cdp_session = await page.context().newCDPSession(page);
  await cdp_session.send('Network.setCacheDisabled', { cacheDisabled: true });
  for (const language of LANGUAGES) {
    weight = 0;
    await page.goto(`${cdp.url}/preferences?lang=${language}`, { waitUntil: 'networkidle' });
    assert.ok(weight > 10_000 && weight <= WEIGHT_MAX, `${language}: ${weight} bytes`);
    console.log(`# preferences in ${language}: ${weight} bytes`);
  }
  assert.deepEqual(elsewhere, []);
  await page.context().close();
});

test('Global Privacy Control is obeyed, shown, and overruled in two steps alone', { skip }, async () => {
  const email = await customer('gus');
  const page = await (await context({ extraHTTPHeaders: { 'sec-gpc': '1' } })).newPage();
  await sign_in(page, email);
  assert.match(await page.locator('.sale').textContent(), /Global Privacy Control/);
  await tick(page, 'third_party_sharing', 'yes');
  await save(page);
  assert.equal(await page.locator('h1').textContent(), 'Please confirm');
  assert.deepEqual(await violations(page), []);
  await press(page, 'button[value=no]');
  assert.ok(!(await radio(page, 'third_party_sharing', 'yes').isChecked()));
  await tick(page, 'third_party_sharing', 'yes');
  await save(page);
  await press(page, 'button[value=yes]');
  assert.ok(await radio(page, 'third_party_sharing', 'yes').isChecked());
  assert.match(await page.locator('.sale').textContent(), /Not opted out/);
  await page.click('.onward a');
  assert.match(await page.locator('table').textContent(), /Global Privacy Control/);
  await page.context().close();
});

test('Global Privacy Control that is switched on later is noted from the next page, once', { skip }, async () => {
  const email = await customer('gil');
  const page = await (await context()).newPage();
  await sign_in(page, email);
  assert.doesNotMatch(await page.locator('.sale').textContent(), /Global Privacy Control/);
  await page.setExtraHTTPHeaders({ 'sec-gpc': '1' });
  for (let i = 0; i < 3; ++i) {
    await page.goto(`${cdp.url}/preferences?lang=en`);
    assert.match(await page.locator('.sale').textContent(), /Global Privacy Control/);
  }
  const told = await cdp.cli('consent', 'show', '--value', email);
  assert.equal(told.privacy_control, true);
  assert.equal(told.history.filter((one) => one.purpose === 'gpc' && one.choice === 'objected').length, 1);
  await page.context().close();
});

test('every statement has a receipt to download', { skip }, async () => {
  const email = await customer('hal');
  const page = await (await context()).newPage();
  await sign_in(page, email);
  await tick(page, PERSONALIZE, 'no');
  await save(page);
  await page.click('.onward a');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('.history a')]);
  const receipt = JSON.parse(await readFile(await download.path(), 'utf8'));
  assert.match(download.suggestedFilename(), /^stm_.*\.json$/);
  assert.equal(receipt.receipt.consentReceiptID, download.suggestedFilename().replace('.json', ''));
  assert.equal(receipt.receipt.record.choice, 'denied');
  assert.ok(!JSON.stringify(receipt).includes('hal@'), 'no address in it');
  const foreign = await page.goto(`${cdp.url}/preferences/receipts/stm_00000000000000000000000000`);
  assert.equal(foreign.status(), 404);
  await page.context().close();
});

test('every page, in every language, is accessible, and photographed', { skip }, async () => {
  const email = await customer('ida');
  const setup = await context();
  const page = await setup.newPage();
  await sign_in(page, email);
  await tick(page, NEWSLETTER, 'yes');
  await tick(page, PERSONALIZE, 'no');
  await save(page);
  await shown(email, NEWSLETTER);
  const state = await setup.storageState();
  await setup.close();
  const found = [];
  for (const [kind, options] of [
    ['desktop', { viewport: DESKTOP }], ['phone', { viewport: PHONE, isMobile: true, hasTouch: true }],
    ['desktop-dark', { viewport: DESKTOP, colorScheme: 'dark' }], ['phone-dark', { viewport: PHONE, colorScheme: 'dark' }],
  ]) {
    const inside = await (await context({ ...options, storageState: state })).newPage();
    const outside = await (await context(options)).newPage();
    for (const language of LANGUAGES) {
      for (const [name, where, at] of [
        ['entry', outside, '/preferences'], ['sent', outside, '/preferences/sent'],
        ['open', outside, '/preferences/open/example'], ['signed-out', outside, '/preferences?state=signed-out'],
        ['unsubscribe', outside, '/unsubscribe/example'],
        ['choices', inside, '/preferences'], ['history', inside, '/preferences/history'],
      ]) {
        await where.goto(`${cdp.url}${at}${at.includes('?') ? '&' : '?'}lang=${language}`);
        assert.equal(await where.evaluate(() => document.documentElement.lang), language);
        if (name === 'choices') await where.locator('summary').first().click();
        found.push(...(await violations(where)).map((one) => `${name} ${language} ${kind}: ${one}`));
        const overflow = await where.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (overflow > 0) found.push(`${name} ${language} ${kind}: ${overflow} px too wide`);
        await where.screenshot({ path: path.join(SHOTS, `${name}-${language}-${kind}.png`), fullPage: true });
      }
      await outside.goto(`${cdp.url}/preferences/open/used?lang=${language}`);
      await outside.click('form.panel button');
      found.push(...(await violations(outside)).map((one) => `trouble ${language} ${kind}: ${one}`));
      await outside.screenshot({ path: path.join(SHOTS, `trouble-${language}-${kind}.png`), fullPage: true });
    }
    await inside.context().close();
    await outside.context().close();
  }
  assert.deepEqual(found, []);
});

// Last: it spends this machine's budget.
test('asking too often is slowed down', { skip }, async () => {
  let answer;
  for (let i = 0; i < 40; ++i) {
    answer = await fetch(`${cdp.url}/preferences/link`, {
      method: 'POST', redirect: 'manual', body: new URLSearchParams({ email: `nobody-${i}@home.example` }),
      headers: { origin: cdp.url },
    });
    if (answer.status === 429) break;
  }
  assert.equal(answer.status, 429);
  assert.equal(answer.headers.get('retry-after'), '60');
});
