// Our double opt-in through the running binary, in a real Chromium: a form on the shop's own site
// (another origin), a mail through an SMTP relay, one button, and the very next lookup. The pages in
// four languages, judged by axe-core (WCAG 2.2 AA), photographed desktop and phone into
// build/screenshots/double_opt_in (CDP_SCREENSHOTS names another place).
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { launch, skip as no_chromium } from './support/chromium.mjs';
import { servePages } from './support/pages.mjs';
import { NEWSLETTER, bearer, skip as no_cdp, startServer } from './support/server.mjs';
import { startSink } from './support/smtp_sink.mjs';

const skip = no_cdp || no_chromium;
const HERE = path.dirname(new URL(import.meta.url).pathname);
const SHOTS = process.env.CDP_SCREENSHOTS ?? path.join(HERE, '../../build/screenshots/double_opt_in');
const GUIDE = path.join(HERE, '../../docs/guide/double-opt-in.md');
const LANGUAGES = ['en', 'de', 'fr', 'es'];
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };
const WEIGHT_MAX = 30 * 1024;

let cdp, sink, browser, axe, shop;

// The form that docs/guide shows, as a shop would paste it.
async function form_of_the_guide() {
  const guide = await readFile(GUIDE, 'utf8');
  const block = /```html\n(<form[\s\S]*?<\/form>)\n```/.exec(guide)?.[1];
  assert.ok(block, 'the guide shows a form');
  return block.replaceAll('https://privacy.shop.example', cdp.url);
}

before(async () => {
  if (skip) return;
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await mkdir(SHOTS, { recursive: true });
  sink = await startSink();
  cdp = await startServer();
  const pages = {};
  shop = await servePages(pages);
  pages['/'] = `<!doctype html><html lang="en"><title>A shop</title><h1>A shop</h1>${(await form_of_the_guide())
    .replaceAll('https://shop.example', shop.url)}</html>`;
  pages['/thanks'] = '<!doctype html><html lang="en"><title>Thank you</title><h1>Look in your inbox</h1></html>';
  pages['/widget'] = `<!doctype html><html lang="de"><title>A shop</title><main><h1>A shop</h1>
<div data-cdp-subscribe="${NEWSLETTER}" data-form="popup"></div></main>
<script src="${cdp.url}/widget.js" data-key="${cdp.keys.web}" data-auto="no"></script></html>`;
  await cdp.reconfigure((config) => `${config}
[preference_centre]
base_url = "${cdp.url}"

[mail]
smtp = "smtp://127.0.0.1:${sink.port}"
from = "Example <privacy@shop.example>"

[double_opt_in]
purposes = ["${NEWSLETTER}"]
origins = ["${shop.url}"]
mails_per_day = 10
`);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await cdp?.stop();
  await sink?.stop();
  await shop?.stop();
});

async function context(options = {}) {
  const made = await browser.newContext({ viewport: DESKTOP, locale: 'en-GB', ...options });
  made.setDefaultTimeout(20_000);
  return made;
}

const link_in = (mail) => mail.text.split('\n').find((line) => line.startsWith('http'));
const ask = (email, more = {}, headers = { origin: cdp.url }) => fetch(`${cdp.url}/preferences/subscribe?lang=en`, {
  method: 'POST', redirect: 'manual', body: new URLSearchParams({ email, ...more }), headers,
});
const press = (page, button) => Promise.all([page.waitForNavigation(), page.click(button)]);
const shown = async (email) => Object.keys((await cdp.profile('email', email, NEWSLETTER)).body.attributes);
const history = async (email) => {
  const answer = await fetch(`${cdp.url}/v1/consents/lookup`, {
    method: 'POST', body: JSON.stringify({ identifier: { type: 'email', value: email } }),
    headers: { authorization: bearer(cdp.tokens.officer) },
  });
  return (await answer.json()).history;
};

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

test('from the form on the shop\'s site to the very next lookup, without JavaScript', { skip }, async () => {
  const email = 'ada@home.example';
  const page = await (await context({ javaScriptEnabled: false })).newPage();
  await page.goto(`${shop.url}/`);
  await page.fill('input[name=email]', 'Ada@Home.example');
  await press(page, 'form button');
  assert.equal(page.url(), `${shop.url}/thanks`, 'back on the shop\'s own page');
  const mail = await sink.next();
  assert.deepEqual(mail.to, [email]);
  assert.equal(mail.from, 'privacy@shop.example');
  assert.equal(mail.headers['auto-submitted'], 'auto-generated');
  assert.equal(mail.headers['list-unsubscribe'], undefined, 'it belongs to no list yet');
  assert.ok(!decodeURIComponent(link_in(mail)).includes('ada'), 'no personal data in the link');
  assert.ok(mail.html.includes(link_in(mail).replaceAll('&', '&amp;')));
  assert.ok(!/<img|<link|src=|url\(/.test(mail.html), 'nothing in it reports back');
  // Mail programs look first.
  for (let i = 0; i < 3; ++i) assert.equal((await fetch(link_in(mail))).status, 200);
  assert.deepEqual(await history(email), []);
  await page.goto(link_in(mail));
  assert.match(await page.locator('main').textContent(), /To a•••@home\.example/);
  await press(page, 'form.panel button');
  assert.equal(await page.locator('h1').textContent(), 'You are subscribed');
  const said = await history(email);
  assert.equal(said.length, 1);
  assert.equal(said[0].choice, 'granted');
  assert.equal(said[0].grade, 'verified');
  assert.equal(said[0].method, 'double_opt_in');
  // The shop tells us of its customer: the newsletter may be sent.
  await cdp.identify('ada', { email, first_name: 'Ada' });
  assert.ok((await shown(email)).includes('email'));
  // Once.
  await page.goto(link_in(mail));
  assert.equal(await page.locator('h1').textContent(), 'This link no longer works');
  await page.context().close();
});

test('the receipt is given on the spot, and verified by nobody we know', { skip }, async () => {
  assert.equal((await ask('bea@home.example')).status, 303);
  const page = await (await context()).newPage();
  await page.goto(link_in(await sink.next()));
  await press(page, 'form.panel button');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('form.panel button')]);
  const receipt = JSON.parse(await readFile(await download.path(), 'utf8'));
  assert.equal(receipt.receipt.record.choice, 'granted');
  assert.equal(receipt.receipt.record.method, 'double_opt_in');
  assert.ok(!JSON.stringify(receipt).includes('bea@'), 'no address in it');
  await page.context().close();
});

test('every address gets the same answer', { skip }, async () => {
  for (const name of ['cas', 'dan', 'gone']) await cdp.identify(`u-${name}`, { email: `${name}@home.example` });
  const objected = await fetch(`${cdp.url}/v1/consents`, {
    method: 'POST', headers: { authorization: bearer(cdp.tokens.consent) },
    body: JSON.stringify({ identifier: { type: 'email', value: 'dan@home.example' }, purpose: 'marketing', choice: 'objected' }),
  });
  assert.equal(objected.status, 200);
  await cdp.cli('erase', '--value', 'gone@home.example', '--yes');
  const answers = [];
  for (const email of ['dan@home.example', 'gone@home.example', 'ada@home.example', 'not an address', 'nobody@home.example', 'cas@home.example']) {
    const answer = await ask(email);
    const headers = [...answer.headers].filter(([name]) => name !== 'date');
    answers.push({ status: answer.status, headers, body: await answer.text() });
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal(answers[0].status, 303);
  // In order: the first mail is for the first who may be written to.
  assert.deepEqual((await sink.next()).to, ['nobody@home.example']);
  assert.deepEqual((await sink.next()).to, ['cas@home.example']);
  assert.equal(sink.count(), 0);
});

test('the widget shows the same form on the shop\'s site', { skip }, async () => {
  const page = await (await context()).newPage();
  await page.goto(`${shop.url}/widget`);
  const form = page.locator('[data-cdp-subscribe] form');
  await form.locator('input[type=email]').fill('eva@home.example');
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: path.join(SHOTS, 'widget-de-desktop.png') });
  await form.locator('button').click();
  await page.locator('[data-cdp-subscribe] [role=status]').waitFor();
  const mail = await sink.next();
  assert.deepEqual(mail.to, ['eva@home.example']);
  assert.match(mail.headers.subject, /^=\?UTF-8\?B\?|^Bitte/);
  assert.match(mail.text, /^Guten Tag,/);
  await page.context().close();
});

test('a restart loses no request', { skip }, async () => {
  await ask('fay@home.example');
  const mail = await sink.next();
  await cdp.halt();
  await cdp.serve_again();
  const shown_page = await fetch(link_in(mail));
  assert.equal(shown_page.status, 200);
  const notice = /name="notice" value="([0-9a-f]{64})"/.exec(await shown_page.text())[1];
  const confirm = () => fetch(`${cdp.url}/preferences/opt-in`, {
    method: 'POST', headers: { origin: cdp.url },
    body: new URLSearchParams({ link: new URL(link_in(mail)).pathname.split('/').at(-1), notice }),
  });
  assert.match(await (await confirm()).text(), /You are subscribed/);
  assert.equal((await confirm()).status, 404);
});

test('every page, in every language, is accessible, light, and photographed', { skip }, async () => {
  const found = [];
  for (const [kind, options] of [
    ['desktop', { viewport: DESKTOP }], ['phone', { viewport: PHONE, isMobile: true, hasTouch: true }],
    ['desktop-dark', { viewport: DESKTOP, colorScheme: 'dark' }],
  ]) {
    const page = await (await context(options)).newPage();
    const look = async (name, language) => {
      assert.equal(await page.evaluate(() => document.documentElement.lang), language);
      found.push(...(await violations(page)).map((one) => `${name} ${language} ${kind}: ${one}`));
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (overflow > 0) found.push(`${name} ${language} ${kind}: ${overflow} px too wide`);
      await page.screenshot({ path: path.join(SHOTS, `${name}-${language}-${kind}.png`), fullPage: true });
    };
    for (const language of LANGUAGES) {
      await page.goto(`${cdp.url}/preferences/subscribe?lang=${language}`);
      const size = await page.evaluate(() => document.documentElement.outerHTML.length);
      assert.ok(size < WEIGHT_MAX, `${size} bytes`);
      await page.locator('summary').first().click();
      await look('subscribe', language);
      await page.goto(`${cdp.url}/preferences/subscribe/sent?lang=${language}`);
      await look('sent', language);
      const email = `${language}-${kind}@home.example`;
      const answer = await fetch(`${cdp.url}/preferences/subscribe?lang=${language}`, {
        method: 'POST', redirect: 'manual', body: new URLSearchParams({ email }), headers: { origin: cdp.url },
      });
      assert.equal(answer.status, 303);
      const mail = await sink.next();
      await page.goto('about:blank');  // without our pages' content security policy, as in a mail program
      await page.setContent(mail.html);
      await look('mail', language);
      await page.goto(link_in(mail));
      await look('confirm', language);
      await press(page, 'form.panel button');
      await look('done', language);
      await page.goto(link_in(mail));
      await look('gone', language);
    }
    await page.context().close();
  }
  assert.deepEqual(found, []);
});
