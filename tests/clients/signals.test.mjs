// Consent signals of web pages, from the event to what a destination may see: TCF and GPP strings
// written by the IAB's own encoders, Global Privacy Control for device and known person, Google
// Consent Mode, OneTrust groups, preferences that arrive out of order, and one-click unsubscribe.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { GppModel } from '@iabgpp/cmpapi';
import { Segment, SegmentEncoder, TCModel } from '@iabtcf/core';

import { NEWSLETTER, PERSONALIZE, basic, bearer, skip, startServer } from './support/server.mjs';

const ANALYTICS = 'analytics.reporting';
const ADS = 'marketing.advertising.third_party.targeted';
const SHARING = 'third_party_sharing';
const NOW = Date.now();
const at = (minutes) => new Date(NOW - 3_600_000 + minutes * 60_000).toISOString();

let cdp;
before(async () => {
  if (skip) return;
  cdp = await startServer();
  await cdp.reconfigure((config) => `${config.replace('"favourite_colour"]}', '"favourite_colour", "list_unsubscribe"]}\n'
    + `ads = {kind = "profile_api", purposes = ["${ADS}", "${SHARING}"], attributes = ["city", "email"]}`)}
[preference_centre]
base_url = "${cdp.url}"

[signals.groups]
"${ANALYTICS}" = ["C0002"]
"${ADS}" = ["C0004"]
`);
  cdp.tokens.ads = await cdp.token('destination', 'ads');
});
after(async () => { await cdp?.stop(); });

async function send(call, event, { key = cdp.keys.app, headers = {} } = {}) {
  const answer = await cdp.post(`/v1/${call}`, event, { authorization: basic(key), ...headers });
  assert.equal(answer.status, 200);
  const body = await answer.json();
  assert.equal(body.accepted, 1, JSON.stringify(body));
  return body;
}

// What holds for somebody, by purpose; and what was said.
async function consent_of(type, value) {
  await cdp.stats();
  const answer = await cdp.post('/v1/consents/lookup', { identifier: { type, value } }, {
    authorization: bearer(cdp.tokens.consent),
  });
  assert.equal(answer.status, 200);
  const body = await answer.json();
  const holds = Object.fromEntries(body.effective.map((row) => [row.purpose, row]));
  return { holds, history: body.history.map((one) => `${one.purpose} ${one.choice}`) };
}

async function ads_may_see(type, value, purpose = ADS) {
  await cdp.stats();
  const answer = await cdp.post('/v1/profiles/lookup', { identifier: { type, value }, purpose }, {
    authorization: bearer(cdp.tokens.ads),
  });
  return Object.keys((await answer.json()).attributes);
}

let messages = 0;
function track(userId, consent, more = {}) {
  return send('track', {
    userId, event: 'Page Seen', messageId: `m${++messages}`, context: { consent }, ...more,
  });
}

function tc_string(purposes) {
  const model = new TCModel();
  model.cmpId = 31;
  model.created = model.lastUpdated = new Date(NOW - 2 * 86_400_000);
  purposes.forEach((id) => model.purposeConsents.set(id));
  return SegmentEncoder.encode(model, Segment.CORE);
}

function gpp_string(section, fields) {
  const model = new GppModel();
  for (const [field, value] of Object.entries(fields)) model.setFieldValue(section, field, value);
  return model.encode();
}

test('a TC string grants what it consents to, once, and takes it back when it changes', { skip }, async () => {
  const user = 'tcf-1';
  const all = tc_string([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (let i = 0; i < 5; ++i) await track(user, { tcString: all });
  let { holds, history } = await consent_of('user_id', user);
  for (const purpose of [PERSONALIZE, ANALYTICS, ADS]) assert.equal(holds[purpose].allowed, true, purpose);
  assert.equal(holds[NEWSLETTER].allowed, false);  // no web signal opens a channel
  assert.equal(history.filter((one) => one === `${ANALYTICS} granted`).length, 1);

  await track(user, { tcString: tc_string([1, 5, 6]) });
  ({ holds, history } = await consent_of('user_id', user));
  assert.equal(holds[PERSONALIZE].allowed, true);
  assert.equal(holds[ANALYTICS].allowed, false);
  assert.equal(holds[ANALYTICS].reason, 'denied');
});

test('a banner that is still open says nothing', { skip }, async () => {
  const user = 'tcf-open';
  await track(user, { tcString: tc_string([]), eventStatus: 'cmpuishown' });
  await track(user, { OnetrustActiveGroups: ',C0001,', OptanonAlertBoxClosed: '' });
  assert.deepEqual((await consent_of('user_id', user)).history, []);
});

test('in the sections of the United States 1 is the opt-out', { skip }, async () => {
  const grant = (user) => track(user, { tcString: tc_string([1, 3, 4]) });
  const identify = (userId) => send('identify', { userId, messageId: `m${++messages}`, traits: { city: 'Fresno' } });
  for (const [user, fields, seen] of [
    ['us-out', { SaleOptOut: 1 }, []], ['us-not', { SaleOptOut: 2 }, ['city']],
    ['us-none', { SaleOptOut: 0 }, ['city']], ['us-gpc', { Gpc: true }, []],
  ]) {
    await identify(user);
    await grant(user);
    await track(user, { gppString: gpp_string('usca', fields) });
    assert.deepEqual(await ads_may_see('user_id', user), seen, user);
  }
  const targeted = 'us-targeted';
  await identify(targeted);
  await grant(targeted);
  await track(targeted, { gppString: gpp_string('usva', { TargetedAdvertisingOptOut: 1 }) });
  assert.deepEqual(await ads_may_see('user_id', targeted), []);
  await identify('usp');
  await grant('usp');
  await track('usp', { uspString: '1YYN' });
  assert.deepEqual(await ads_may_see('user_id', 'usp'), []);
});

test('Global Privacy Control holds for the device and for the person it turns out to be', { skip }, async () => {
  const [anonymousId, userId] = ['gpc-device', 'gpc-person'];
  await send('identify', { userId, messageId: 'gpc-1', traits: { city: 'Fresno' } });
  await track(userId, { tcString: tc_string([1, 3, 4]) });
  assert.deepEqual(await ads_may_see('user_id', userId), ['city']);
  // Somebody browses with the signal on, and nobody knows who it is.
  await send('page', { anonymousId, messageId: 'gpc-2', name: 'Home' }, { key: cdp.keys.web, headers: { 'sec-gpc': '1' } });
  assert.deepEqual(await ads_may_see('user_id', userId), ['city']);
  assert.deepEqual((await consent_of('anonymous_id', anonymousId)).history, ['gpc objected']);
  // The shop's server says who: the no follows; that the header is gone later is no yes.
  await send('identify', { userId, anonymousId, messageId: 'gpc-3' });
  await send('page', { anonymousId, messageId: 'gpc-4', name: 'Home' }, { key: cdp.keys.web });
  assert.deepEqual(await ads_may_see('user_id', userId), []);
  const { history } = await consent_of('user_id', userId);
  assert.equal(history.filter((one) => one === 'gpc objected').length, 1);
});

test('Global Privacy Control of a known person counts from any call, and is written down once', { skip }, async () => {
  const userId = 'gpc-known';
  await send('identify', { userId, messageId: 'gpc-known-1', traits: { city: 'Reno' } });
  await track(userId, { tcString: tc_string([1, 3, 4]) });
  assert.deepEqual(await ads_may_see('user_id', userId), ['city']);
  const headers = { 'sec-gpc': '1' };
  for (const [i, call] of ['track', 'page', 'identify', 'group'].entries()) {
    await send(call, { userId, messageId: `gpc-known-call-${i}`, event: 'Seen', name: 'Seen', groupId: 'g' }, { headers });
    assert.deepEqual(await ads_may_see('user_id', userId), []);
  }
  const { history } = await consent_of('user_id', userId);
  assert.equal(history.filter((one) => one === 'gpc objected').length, 1);
});

test('what a browser grants stays on the device; what it refuses follows the person', { skip }, async () => {
  const web = { key: cdp.keys.web };
  const seen = async (user) => Object.keys((await cdp.profile('user_id', user, PERSONALIZE)).body.attributes);
  const person = async (userId, anonymousId) => {
    await send('identify', { userId, messageId: `m${++messages}`, traits: { city: 'Bonn' } });
    await send('identify', { userId, anonymousId, messageId: `m${++messages}` });
  };
  await send('page', { anonymousId: 'device-yes', messageId: 'd-1', context: {
    consent: { consentMode: { personalization_storage: 'granted' } } } }, web);
  assert.equal((await consent_of('anonymous_id', 'device-yes')).holds[PERSONALIZE].allowed, true);
  await person('person-yes', 'device-yes');
  assert.deepEqual(await seen('person-yes'), []);

  await track('person-no', { consentMode: { personalization_storage: 'granted' } });
  await person('person-no', 'device-none');
  assert.deepEqual(await seen('person-no'), ['city']);
  await send('page', { anonymousId: 'device-none', messageId: 'd-2', context: {
    consent: { categoryPreferences: { Taste: false } } } }, web);
  assert.deepEqual(await seen('person-no'), []);
});

test('preferences that arrive out of order count in the order in which they were made', { skip }, async () => {
  const user = 'late';
  const updated = (minutes, choice) => send('track', {
    userId: user, event: 'Segment Consent Preference Updated', messageId: `late-${minutes}`,
    timestamp: at(minutes), context: { consent: { categoryPreferences: { Counting: choice } } },
  });
  await updated(30, false);  // the refusal arrives first
  await updated(10, true);   // and the yes that it took back after it
  const { holds, history } = await consent_of('user_id', user);
  assert.equal(holds[ANALYTICS].allowed, false);
  assert.deepEqual(history.sort(), [`${ANALYTICS} denied`, `${ANALYTICS} granted`]);
});

test('groups and Consent Mode, as OneTrust and Google write them', { skip }, async () => {
  await track('groups', { OnetrustActiveGroups: ',C0001,C0002,', OptanonAlertBoxClosed: at(0) });
  let { holds } = await consent_of('user_id', 'groups');
  assert.equal(holds[ANALYTICS].allowed, true);
  assert.equal(holds[ADS].reason, 'denied');
  await send('track', { userId: 'rudder', event: 'E', messageId: 'rs-1', context: { consentManagement: {
    provider: 'oneTrust', allowedConsentIds: ['C0002'], deniedConsentIds: ['C0004'] } } });
  ({ holds } = await consent_of('user_id', 'rudder'));
  assert.equal(holds[ANALYTICS].allowed, true);
  assert.equal(holds[ADS].reason, 'denied');
  await track('mode', { consentMode: { ad_storage: 'granted', ad_user_data: 'granted', ad_personalization: 'denied' } });
  ({ holds } = await consent_of('user_id', 'mode'));
  assert.equal(holds[ADS].reason, 'denied');
  assert.equal(holds[ANALYTICS].reason, 'no_statement');
});

test('a string that cannot be read is a warning, and loses nothing else', { skip }, async () => {
  const body = await track('broken', { tcString: 'CBroken', gppString: 'DBABBg~x', uspString: '1YYN' });
  assert.deepEqual(body.warnings, { signal_unreadable_gpp_usca: 1, signal_unreadable_tcf: 1 });
  assert.deepEqual((await consent_of('user_id', 'broken')).history, ['gpc objected']);
});

test('gpc.json says that and since when the signal is honoured', { skip }, async () => {
  const body = await (await fetch(`${cdp.url}/.well-known/gpc.json`)).json();
  assert.deepEqual(body, { gpc: true, lastUpdate: new Date().toISOString().slice(0, 10) });
});

const ONE_CLICK = { 'content-type': 'application/x-www-form-urlencoded' };

async function subscriber(name) {
  const email = `${name}@customers.example`;
  await send('identify', { userId: name, messageId: `sub-${name}`, traits: { email, first_name: name } });
  const said = await cdp.consent({
    identifier: { type: 'user_id', value: name }, contact_point: { type: 'email', value: email },
    purpose: NEWSLETTER, choice: 'granted', method: 'form', occurred_at: at(0),
  });
  assert.equal(said.status, 200, JSON.stringify(said.body));
  const seen = await cdp.profile('email', email, NEWSLETTER);
  const headers = seen.body.attributes.list_unsubscribe;
  assert.ok(headers, JSON.stringify(seen.body));
  return { email, headers, link: /^<(.*)>$/.exec(headers['List-Unsubscribe'])[1] };
}

test('one click unsubscribes, without login, cookie or redirect, and only by POST', { skip }, async () => {
  const { email, headers, link } = await subscriber('ursula');
  assert.equal(headers['List-Unsubscribe-Post'], 'List-Unsubscribe=One-Click');
  assert.ok(link.startsWith(`${cdp.url}/unsubscribe/`));
  assert.ok(!decodeURIComponent(link).includes('ursula'));

  // A scanner looks, and nothing happens; so for a post that is none of this.
  const page = await fetch(link);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /name="List-Unsubscribe" value="One-Click"/);
  assert.equal((await fetch(link, { method: 'POST', body: 'x=y', headers: ONE_CLICK })).status, 400);
  assert.ok((await cdp.profile('email', email, NEWSLETTER)).body.attributes.email);

  const done = await fetch(link, { method: 'POST', body: 'List-Unsubscribe=One-Click', headers: ONE_CLICK, redirect: 'manual' });
  assert.equal(done.status, 200);
  assert.equal(done.headers.get('set-cookie'), null);
  const text = await done.text();
  assert.ok(!text.includes('ursula'));
  assert.deepEqual((await cdp.profile('email', email, NEWSLETTER)).body.attributes, {});

  // Again, later, as multipart: the same answer, and no further statement.
  const form = new FormData();
  form.set('List-Unsubscribe', 'One-Click');
  const again = await fetch(link, { method: 'POST', body: form });
  assert.equal(await again.text(), text);
  const { history } = await consent_of('user_id', 'ursula');
  assert.equal(history.filter((one) => one === `${NEWSLETTER} withdrawn`).length, 1);
  const by_address = await consent_of('email', email);  // still one person
  assert.equal(by_address.holds[NEWSLETTER].reason, 'withdrawn');
});

test('links that are unknown, or of somebody erased, get the same answer', { skip }, async () => {
  const { email, link } = await subscriber('erika');
  const { link: good } = await subscriber('greta');
  await cdp.cli('erase', '--value', email, '--yes');
  const answers = [];
  for (const one of [link, good, `${cdp.url}/unsubscribe/nonsense`, link.slice(0, -1)]) {
    const answer = await fetch(one, { method: 'POST', body: 'List-Unsubscribe=One-Click', headers: ONE_CLICK });
    const text = (await answer.text()).replaceAll(new URL(one).pathname, '/unsubscribe/...');
    answers.push({ status: answer.status, type: answer.headers.get('content-type'), text });
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
});

test('somebody who subscribed again can unsubscribe again by the same link', { skip }, async () => {
  const { email, link } = await subscriber('rita');
  const click = () => fetch(link, { method: 'POST', body: 'List-Unsubscribe=One-Click', headers: ONE_CLICK });
  await click();
  await cdp.consent({
    identifier: { type: 'user_id', value: 'rita' }, contact_point: { type: 'email', value: email },
    purpose: NEWSLETTER, choice: 'granted', method: 'form', occurred_at: new Date().toISOString(),
  });
  await click();
  const { history, holds } = await consent_of('user_id', 'rita');
  assert.equal(history.filter((one) => one === `${NEWSLETTER} withdrawn`).length, 2);
  assert.equal(holds[NEWSLETTER].allowed, false);
});
