// The proof of a telephone number in a real Chromium against the binary: a code by the shop's own
// messenger (a webhook that npm standardwebhooks verifies), typed into the page, and a yes to
// messages that the very next lookup obeys. The page in four languages, judged by axe-core
// (WCAG 2.2 AA), photographed into build/screenshots/phone_proof (CDP_SCREENSHOTS names another
// place).
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Webhook } from 'standardwebhooks';

import { launch, skip as no_chromium } from './support/chromium.mjs';
import { startHook } from './support/hook.mjs';
import { skip as no_cdp, startServer } from './support/server.mjs';

const skip = no_cdp || no_chromium;
const HERE = path.dirname(new URL(import.meta.url).pathname);
const SHOTS = process.env.CDP_SCREENSHOTS ?? path.join(HERE, '../../build/screenshots/phone_proof');
const SMS = 'marketing.communications.sms';
const NUMBER = '+491701234567';
const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const LANGUAGES = ['en', 'de', 'fr', 'es'];

let cdp, mailer, messenger, browser, axe;

before(async () => {
  if (skip) return;
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await mkdir(SHOTS, { recursive: true });
  [mailer, messenger, cdp] = [await startHook(), await startHook(), await startServer()];
  cdp.flags = ['--allow-loopback-destinations'];
  await cdp.keep_secret('hooks', SECRET);
  await cdp.reconfigure((config) => `${config.replace(
    '"personalize.content"], attributes = [', `"personalize.content", "${SMS}"], attributes = ["phone", `)}
[preference_centre]
base_url = "${cdp.url}"

[mail]
webhook = "${mailer.url}"
secret = "hooks"

[messenger]
webhook = "${messenger.url}"
secret = "hooks"
`);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await cdp?.stop();
  await mailer?.stop();
  await messenger?.stop();
});

const verified = ({ headers, body }) => new Webhook(SECRET).verify(body, headers);
const shown = async (email) => (await cdp.profile('email', email, SMS)).body.attributes;
const press = (page, button) => Promise.all([page.waitForNavigation(), page.click(button)]);

// A customer with a number, signed in.
async function signed_in(name, number, options = {}) {
  const email = `${name}@home.example`;
  await cdp.identify(name, { email, phone: number, first_name: name });
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  await page.goto(`${cdp.url}/preferences?lang=en`);
  await page.fill('#email', email);
  await page.click('form.panel button');
  await page.waitForURL('**/preferences/sent**');
  const mail = await mailer.next();
  mail.answer(204);
  await page.goto(verified(mail).link);
  await page.click('form.panel button');
  await page.waitForURL('**/preferences?lang=en');
  return { email, page };
}

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

test('a number is proven by its code, and messages to it are allowed then', { skip }, async () => {
  const { email, page } = await signed_in('ada', NUMBER);
  const yes = page.locator(`input[name="p:${SMS}"][value=yes]`);
  assert.ok(await yes.isDisabled(), 'a mailbox proves no number');
  await page.getByRole('link', { name: /confirm your number first/ }).first().click();
  await page.waitForURL('**/preferences/phone**');
  assert.match(await page.locator('.lead').textContent(), /\+49 ••• 67/);
  await press(page, 'form[action^="/preferences/phone?"] button');
  const call = await messenger.next();
  call.answer(204);
  const sent = verified(call);
  assert.equal(sent.type, 'message.phone_code');
  assert.equal(sent.to, NUMBER);
  assert.ok(sent.text.includes(sent.code));
  await page.fill('#code', sent.code === '000000' ? '000001' : '000000');
  await press(page, 'form[action^="/preferences/phone/code"] button');
  assert.match(await page.locator('#flash').textContent(), /That code does not work/);
  await page.fill('#code', `${sent.code.slice(0, 3)} ${sent.code.slice(3)}`);
  await press(page, 'form[action^="/preferences/phone/code"] button');
  assert.match(await page.locator('#flash').textContent(), /Your number is confirmed/);
  assert.deepEqual(await shown(email), {});
  await yes.check({ force: true });
  await press(page, 'button[value=save]');
  assert.equal((await shown(email)).phone, NUMBER);
  await page.context().close();
});

test('the page is accessible in every language, and photographed', { skip }, async () => {
  const found = [];
  const { page: first } = await signed_in('bea', '+491701234568');
  const storageState = await first.context().storageState();
  await first.context().close();
  for (const [kind, options] of [
    ['desktop', { viewport: { width: 1280, height: 900 } }],
    ['phone-dark', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' }],
  ]) {
    const page = await (await browser.newContext({ locale: 'en-GB', storageState, ...options })).newPage();
    for (const language of LANGUAGES) {
      for (const state of ['start', 'sent', 'wrong']) {
        await page.goto(`${cdp.url}/preferences/phone?lang=${language}&state=${state}`);
        assert.equal(await page.evaluate(() => document.documentElement.lang), language);
        found.push(...(await violations(page)).map((one) => `${state} ${language} ${kind}: ${one}`));
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (overflow > 0) found.push(`${state} ${language} ${kind}: ${overflow} px too wide`);
        await page.screenshot({ path: path.join(SHOTS, `phone-${state}-${language}-${kind}.png`), fullPage: true });
      }
      await page.goto(`${cdp.url}/preferences?lang=${language}`);
      found.push(...(await violations(page)).map((one) => `choices ${language} ${kind}: ${one}`));
    }
    await page.context().close();
  }
  assert.deepEqual(found, []);
});
