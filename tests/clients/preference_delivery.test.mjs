// What leaves after a choice, seen from outside: a vendor's own HTTP server is told of a no and the
// person's page shows how far that is (being told, not reached yet, told, given up), in a real
// Chromium; and the shop's own mailer gets its link by a webhook that npm standardwebhooks verifies.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Webhook } from 'standardwebhooks';

import { launch, skip as no_chromium } from './support/chromium.mjs';
import { startHook } from './support/hook.mjs';
import { PERSONALIZE, skip as no_cdp, startServer } from './support/server.mjs';

const skip = no_cdp || no_chromium;
const VENDOR_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const MAILER_SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const PATIENCE = 60_000;  // for what comes by retries

let cdp, vendor, mailer, browser;

before(async () => {
  if (skip) return;
  [vendor, mailer, cdp] = [await startHook(), await startHook(), await startServer()];
  cdp.flags = ['--allow-loopback-destinations'];
  await cdp.keep_secret('vendor-key', VENDOR_SECRET);
  await cdp.keep_secret('mailer-key', MAILER_SECRET);
  await cdp.reconfigure((config) => `${config}
styler = {kind = "signed_webhook", role = "processor", url = "${vendor.url}", secret = "vendor-key", purposes = ["${PERSONALIZE}"], attributes = ["first_name"]}

[preference_centre]
base_url = "${cdp.url}"

[mail]
webhook = "${mailer.url}"
secret = "mailer-key"
`);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await cdp?.stop();
  await vendor?.stop();
  await mailer?.stop();
});

async function customer(name) {
  const email = `${name}@home.example`;
  await cdp.identify(name, { email, first_name: name });
  return email;
}

const verified = (secret, { headers, body }) => new Webhook(secret).verify(body, headers);

// The link, as the shop's mailer is given it.
async function link_for(page, email, language) {
  await page.goto(`${cdp.url}/preferences?lang=${language}`);
  await page.fill('#email', email);
  await page.click('form.panel button');
  await page.waitForURL('**/preferences/sent**');
  const call = await mailer.next();
  call.answer(204);
  return call;
}

async function signed_in(email) {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  const call = await link_for(page, email, 'en');
  await page.goto(verified(MAILER_SECRET, call).link);
  await page.click('form.panel button');
  await page.waitForURL('**/preferences?lang=en');
  return page;
}

const status = (page) => page.locator('.vendors tbody td').last().textContent();

// Looks again until the page says so.
async function until(page, text) {
  const deadline = Date.now() + PATIENCE;
  while (await status(page) !== text) {
    assert.ok(Date.now() < deadline, `the page says "${await status(page)}" and not "${text}"`);
    await page.reload();
  }
}

async function choose(page, answer) {
  await page.locator(`input[name="p:${PERSONALIZE}"][value=${answer}]`).check({ force: true });
  await Promise.all([page.waitForNavigation(), page.click('button[value=save]')]);
}

// The vendor holds the person: a view was delivered.
async function shown_to_vendor(page) {
  assert.match(await page.locator('.vendors').textContent(), /Nobody outside Example has received data of yours/);
  await choose(page, 'yes');
  const view = await vendor.next();
  assert.equal(verified(VENDOR_SECRET, view).type, 'profile.updated');
  view.answer(204);
  await page.reload();
  await until(page, 'Up to date');
  assert.match(await page.locator('.vendors tbody th').textContent(), /styler/);
}

test('the mailer is given a link that standardwebhooks verifies', { skip }, async () => {
  const email = await customer('ada');
  const context = await browser.newContext();
  const page = await context.newPage();
  const call = await link_for(page, email, 'de');
  assert.equal(call.method, 'POST');
  const message = verified(MAILER_SECRET, call);
  assert.equal(message.type, 'message.preference_link');
  assert.equal(message.to, email);
  assert.equal(message.language, 'de');
  assert.ok(message.link.startsWith(`${cdp.url}/preferences/open/`));
  assert.ok(message.text.includes(message.link) && message.subject);
  assert.throws(() => verified(MAILER_SECRET, { ...call, body: call.body.replace('ada@', 'bda@') }));
  assert.throws(() => verified(VENDOR_SECRET, call), 'another secret');
  await page.goto(message.link);
  await page.click('form.panel button');
  await page.waitForURL('**/preferences?lang=de');
  await context.close();
});

test('nobody is mailed who is not known, and the answer is the same', { skip }, async () => {
  const email = await customer('bo');
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${cdp.url}/preferences?lang=en`);
  await page.fill('#email', 'nobody@home.example');
  await page.click('form.panel button');
  await page.waitForURL('**/preferences/sent**');
  const call = await link_for(page, email, 'en');  // the first that the mailer hears of
  assert.equal(verified(MAILER_SECRET, call).to, email);
  await context.close();
});

test('the page shows how far a no has come: being told, not reached, told', { skip }, async () => {
  const page = await signed_in(await customer('cem'));
  await shown_to_vendor(page);
  await choose(page, 'no');
  const first = await vendor.next();
  const order = verified(VENDOR_SECRET, first);
  assert.equal(order.type, 'consent.withdrawn');
  assert.ok(!('attributes' in order));
  await page.reload();
  assert.equal(await status(page), 'Being told', 'the vendor has not answered yet');
  first.answer(503);
  await until(page, 'Not reached yet; we keep trying');
  const again = await vendor.next();
  assert.equal(again.headers['webhook-id'], first.headers['webhook-id'], 'the same order');
  assert.equal(verified(VENDOR_SECRET, again).subject, order.subject);
  again.answer(204);
  await until(page, 'Up to date');
  await page.context().close();
});

test('a vendor that refuses a no is followed up by hand', { skip }, async () => {
  const page = await signed_in(await customer('dora'));
  await shown_to_vendor(page);
  await choose(page, 'no');
  const order = await vendor.next();
  assert.equal(verified(VENDOR_SECRET, order).type, 'consent.withdrawn');
  order.answer(410);
  await until(page, 'Could not be reached; we follow it up by hand');
  await page.context().close();
});
