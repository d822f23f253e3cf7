// GET /openapi.json is valid OpenAPI 3.1, and every operation in it answers as it says: a call that
// succeeds and one that is refused, statuses and bodies held against the document itself.
// (tests/unit/app/openapi_test.cc compares the document with the router's table.)
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

import { basic, bearer, NEWSLETTER, PERSONALIZE, SHOPIFY_SECRET, skip, startServer } from './support/server.mjs';

let cdp, document, ajv;
before(async () => {
  if (skip) return;
  cdp = await startServer();
  // Nobody listens there: what is mailed is lost, and every answer is given before.
  await cdp.reconfigure((config) => `${config}
[preference_centre]
base_url = "${cdp.url}"

[mail]
smtp = "smtp://127.0.0.1:9"
from = "privacy@shop.example"

[double_opt_in]
purposes = ["${NEWSLETTER}"]
`);
  document = await (await fetch(`${cdp.url}/openapi.json`)).json();
  ajv = new Ajv2020({ strict: false });
  formats(ajv);
  ajv.addSchema(document, 'api');
});
after(async () => { await cdp?.stop(); });

const email = { type: 'email', value: 'otto@customers.example' };
const login = { type: 'user_id', value: 'otto' };
const customer = JSON.stringify({ id: 7, email: 'otto@customers.example' });
const CALLS = {
  identify: { userId: 'otto', traits: { email: email.value } },
  track: { userId: 'otto', event: 'Looked' },
  page: { userId: 'otto', name: 'Home' },
  screen: { userId: 'otto', name: 'Start' },
  group: { userId: 'otto', groupId: 'readers' },
  alias: { userId: 'otto', previousId: 'otto-before' },
  merge: { userId: 'otto', mergeProperties: [{ type: 'anonymousId', value: 'otto-tablet' }] },
  batch: { batch: [{ type: 'track', userId: 'otto', event: 'Looked' }, { type: 'dance' }] },
};

// "METHOD path" -> calls: [status, headers, body, path parameter]. The first ones succeed.
function examples() {
  const list = {};
  const app = { authorization: basic(cdp.keys.app) };
  const long_names = { i: 'identify', t: 'track', p: 'page', s: 'screen', g: 'group', a: 'alias', b: 'batch', import: 'batch' };
  for (const name of [...Object.keys(CALLS), ...Object.keys(long_names)]) {
    const body = CALLS[long_names[name] ?? name];
    list[`POST /v1/${name}`] = [
      [200, app, body], [200, {}, { ...body, writeKey: cdp.keys.app }],
      [400, app, '{'], [400, app, '[]'], [401, {}, body], [403, { authorization: basic(cdp.tokens.crm) }, body],
      [413, app, ' '.repeat(8 * 1024 * 1024 + 1)], [415, { ...app, 'content-encoding': 'br' }, body],
    ];
    list[`OPTIONS /v1/${name}`] = [[204, {}]];
  }
  list['POST /v1/m'] = [[200, {}, { series: [] }]];
  list['OPTIONS /v1/m'] = [[204, {}]];
  list['GET /v1/projects/{writeKey}/settings'] = [[200, {}, undefined, cdp.keys.web], [404, {}, undefined, 'wrong']];
  list['GET /v1/webhooks/{source}'] = [[200, {}, undefined, 'shop']];
  const hmac = createHmac('sha256', SHOPIFY_SECRET).update(customer).digest('base64');
  const webhook = (signature) => ({
    'x-shopify-topic': 'customers/create', 'x-shopify-webhook-id': 'w1', 'x-shopify-api-version': '2024-10',
    'x-shopify-shop-domain': 'example.myshopify.com', 'x-shopify-hmac-sha256': signature,
  });
  list['POST /v1/webhooks/{source}'] = [
    [200, webhook(hmac), customer, 'shop'], [401, webhook('wrong'), customer, 'shop'], [401, webhook(hmac), customer, 'none'],
  ];
  const crm = { authorization: bearer(cdp.tokens.crm) };
  const consent = { authorization: bearer(cdp.tokens.consent) };
  const officer = { authorization: bearer(cdp.tokens.officer) };
  const statement = { identifier: login, purpose: PERSONALIZE, choice: 'granted', method: 'form', occurred_at: new Date().toISOString() };
  list['POST /v1/consents'] = [
    [200, consent, statement], [200, consent, [statement]],
    [200, consent, { statements: [statement, { ...statement, purpose: 'no.such.purpose' }] }],
    [422, consent, { ...statement, purpose: 'no.such.purpose' }],
    [400, consent, '{'], [400, consent, '7'], [401, {}, statement], [403, crm, statement],
  ];
  list['POST /v1/consents/lookup'] = [
    [200, consent, { identifier: login }], [200, officer, { identifier: { ...email, value: 'nobody@customers.example' } }],
    [400, consent, {}], [400, consent, { identifier: { type: 'email', value: '@' } }], [401, {}, {}], [403, crm, {}],
  ];
  list['POST /v1/consents/receipt'] = [
    [200, consent, () => ({ identifier: login, statement: cdp.statement_id })],
    [400, consent, {}], [404, consent, { identifier: login, statement: 'stm_any' }], [401, {}, {}], [403, crm, {}],
  ];
  list['POST /v1/profiles/lookup'] = [
    [200, crm, { identifier: email, purpose: PERSONALIZE }], [200, crm, { identifier: email, purpose: NEWSLETTER, attributes: ['email'] }],
    [200, crm, { identifier: { ...email, value: 'nobody@customers.example' }, purpose: PERSONALIZE }],
    [400, crm, {}], [400, crm, '{'], [401, {}, {}], [403, consent, { identifier: email, purpose: PERSONALIZE }],
    [403, crm, { identifier: email, purpose: 'analytics.reporting' }], [404, crm, { identifier: email, purpose: 'no.such.purpose' }],
    [403, crm, { identifier: email, purpose: PERSONALIZE, attributes: ['phone'] }],
  ];
  list['POST /v1/requests'] = [
    [200, officer, { kind: 'erasure', identifier: login }], [202, officer, { kind: 'access', identifier: login }],
    [422, officer, { kind: 'erasure', identifier: email }],  // two accounts have it
    [400, officer, { kind: 'dance', identifier: email }], [400, officer, {}], [401, {}, {}], [403, crm, {}],
    [404, officer, { kind: 'erasure', identifier: { ...email, value: 'nobody@customers.example' } }],
    [400, officer, { kind: 'erasure', identifier: login, include_declared: true }],
  ];
  const unwanted = { channel: 'email', address: 'enough@customers.example' };
  list['POST /v1/do-not-contact'] = [
    [200, officer, { addresses: [unwanted, { channel: 'sms', address: 'x' }] }], [422, officer, { addresses: [{ channel: 'email', address: '@' }] }],
    [422, officer, { addresses: [] }], [400, officer, {}], [400, officer, '{'], [401, {}, {}], [403, crm, {}],
  ];
  list['POST /v1/do-not-contact/lookup'] = [
    [200, officer, unwanted], [200, officer, { ...unwanted, address: 'nobody@customers.example' }], [400, officer, {}],
    [422, officer, { ...unwanted, address: '@' }], [401, {}, unwanted], [403, crm, unwanted],
  ];
  const reason = { reason: 'same_person_confirmed' };
  list['GET /v1/reviews'] = [[200, officer], [401, {}], [403, crm]];
  list['GET /v1/retractions'] = [[200, officer], [401, {}], [403, crm]];
  const no_assertion = `asr_${'0'.repeat(26)}`;
  // What was retracted before all this counts again before anything is split.
  list['POST /v1/retractions/{id}/restore'] = [
    [200, officer, reason, () => cdp.retracted], [404, officer, reason, no_assertion], [404, officer, reason, 'x'], [400, officer, {}, no_assertion],
    [401, {}, reason, no_assertion], [403, crm, reason, no_assertion]];
  const no_review = `rev_${'0'.repeat(26)}`;
  list['POST /v1/reviews/{id}/lift'] = [
    [404, officer, reason, no_review], [422, officer, reason, () => cdp.review.id], [400, officer, {}, no_review],
    [401, {}, reason, no_review], [403, crm, reason, no_review]];
  list['POST /v1/latches/lift'] = [
    [404, officer, { ...reason, identifier: email }], [400, officer, reason], [401, {}, reason], [403, crm, reason]];
  for (const verdict of ['accept', 'reject']) {
    list[`POST /v1/reviews/{id}/${verdict}`] = [
      [200, officer, reason, () => cdp.review.id], [400, officer, {}, () => cdp.review.id],
      [404, officer, reason, `rev_${'0'.repeat(26)}`], [401, {}, reason, () => cdp.review.id], [403, crm, reason, () => cdp.review.id]];
  }
  list['POST /v1/subjects/explain'] = [
    [200, officer, { identifier: login }], [404, officer, { identifier: { ...login, value: 'nobody' } }], [400, officer, {}],
    [401, {}, {}], [403, crm, {}]];
  const split = () => ({ identifier: login, personas: [cdp.story.members.at(-1).persona], reason: 'different_people_confirmed' });
  list['POST /v1/subjects/{id}/split'] = [
    [200, officer, split, () => cdp.story.subject], [400, officer, {}, 'sub_any'], [401, {}, {}, 'sub_any'], [403, crm, {}, 'sub_any']];
  const rejoin = () => ({ identifier: login, persona: cdp.story.members.at(-1).persona, reason: 'data_error' });
  list['POST /v1/subjects/rejoin'] = [
    [200, officer, rejoin], [404, officer, rejoin], [400, officer, {}], [401, {}, {}], [403, crm, {}]];
  list['GET /v1/requests'] = [[200, officer], [401, {}], [403, crm]];
  const none = `req_${'0'.repeat(26)}`;
  list['GET /v1/requests/{id}'] = [
    [200, officer, undefined, () => cdp.request_id], [404, officer, undefined, none], [404, officer, undefined, 'x'], [401, {}, undefined, none]];
  list['POST /v1/requests/{id}/complete'] = [
    [200, officer, '{}', () => cdp.request_id], [404, officer, '{}', none], [401, {}, '{}', none]];
  list['GET /v1/audit/checkpoint'] = [[200, officer], [401, {}], [403, crm]];
  list['GET /v1/audit/tile/{path}'] = [
    [200, officer, undefined, 'entries/000.p/1'], [404, officer, undefined, '0/999'], [404, officer, undefined, '../cdp.toml'],
    [401, {}, undefined, 'entries/000.p/1']];
  list['GET /v1/audit/consistency/{old}/{new}'] = [
    [200, officer, undefined, ['1', 'latest']], [200, officer, undefined, ['1', '2']], [400, officer, undefined, ['2', '1']],
    [400, officer, undefined, ['x', '1']], [404, officer, undefined, ['1', '99999999']], [401, {}, undefined, ['1', '2']], [403, crm, undefined, ['1', '2']]];
  const ours = { origin: cdp.url, 'content-type': 'application/x-www-form-urlencoded' };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  list['GET /preferences'] = [[200, {}]];
  list['POST /preferences'] = [[303, ours, 'action=save']];  // nobody is signed in: to the start
  list['POST /preferences/link'] = [[303, ours, 'email=nobody%40customers.example'], [403, form, 'email=a%40b.example']];
  list['GET /preferences/sent'] = [[200, {}]];
  list['GET /preferences/open/{link}'] = [[200, {}, undefined, 'any']];
  list['POST /preferences/open'] = [[400, ours, 'link=any'], [403, form, 'link=any']];
  const asked = 'email=nobody%40customers.example';
  const script = { origin: cdp.url, 'content-type': 'application/json' };
  const wish = { email: 'nobody@customers.example', purpose: NEWSLETTER };
  list['GET /preferences/subscribe'] = [[200, {}]];
  list['POST /preferences/subscribe'] = [
    [303, ours, asked], [202, script, wish], [403, form, asked], [403, { ...script, origin: 'https://evil.example' }, wish],
    [422, ours, `${asked}&purpose=no.such`], [422, script, { ...wish, purpose: 'no.such' }]];
  list['OPTIONS /preferences/subscribe'] = [[204, { origin: cdp.url }]];
  list['GET /preferences/subscribe/sent'] = [[200, {}]];
  list['GET /preferences/opt-in/{link}'] = [[404, {}, undefined, 'any']];
  list['POST /preferences/opt-in'] = [[404, ours, 'link=any'], [403, form, 'link=any']];
  list['POST /preferences/opt-in/receipt'] = [[404, ours, 'link=any&statement=stm_any'], [403, form, 'link=any']];
  for (const name of ['confirm', 'history']) list[`GET /preferences/${name}`] = [[303, {}]];
  list['GET /preferences/receipts/{statement}'] = [[303, {}, undefined, 'stm_any']];
  list['GET /preferences/phone'] = [[303, {}]];
  for (const name of ['phone', 'phone/code']) list[`POST /preferences/${name}`] = [[303, ours, 'code=000000']];
  for (const name of ['confirm', 'sign-out']) list[`POST /preferences/${name}`] = [[303, ours, 'action=yes']];
  list['GET /preferences/assets/{file}'] = [[200, {}, undefined, 'style.css'], [404, {}, undefined, 'brand.css']];
  const click = 'List-Unsubscribe=One-Click';
  list['GET /unsubscribe/{token}'] = [[200, {}, undefined, 'any']];
  list['POST /unsubscribe/{token}'] = [[200, form, click, 'any'], [400, form, 'a=b', 'any']];
  list['GET /widget.js'] = [[200, {}]];
  const choice = { anonymousId: 'device-1', messageId: 'choice-1', choices: { [PERSONALIZE]: false } };
  list['GET /v1/widget/{writeKey}'] = [[200, {}, undefined, cdp.keys.web], [404, {}, undefined, 'wrong']];
  list['OPTIONS /v1/widget/{writeKey}'] = [[204, {}, undefined, 'any']];
  list['POST /v1/widget/{writeKey}'] = [
    [200, {}, choice, cdp.keys.web], [400, {}, '{', cdp.keys.web], [400, {}, { ...choice, choices: { a: 'yes' } }, cdp.keys.web],
    [422, {}, { ...choice, anonymousId: 'null' }, cdp.keys.web], [200, {}, { ...choice, choices: { nosuch: false } }, cdp.keys.web],
    [404, {}, choice, 'wrong'], [413, {}, ' '.repeat(40_000), cdp.keys.web]];
  for (const route of ['/livez', '/readyz', '/openapi.json', '/.well-known/gpc.json']) list[`GET ${route}`] = [[200, {}]];
  return list;
}

const documented = () => Object.entries(document.paths).flatMap(
  ([route, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${route}`));

const escaped = (part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

// The schema of a response's body, as a reference into the document; none when it has no body.
function schema_of(route, method, status, type) {
  const responses = document.paths[route][method].responses;
  const key = responses[status] ? String(status) : 'default';
  const response = responses[key];
  assert.ok(response, `${method} ${route} says nothing of ${status}`);
  const named = response.$ref?.replace('#/components/responses/', '');
  const content = (named ? document.components.responses[named] : response).content;
  if (!content) return null;
  assert.ok(content[type], `${method} ${route} ${status} answered ${type}`);
  const base = named
    ? `api#/components/responses/${escaped(named)}`
    : `api#/paths/${escaped(route)}/${method}/responses/${key}`;
  return `${base}/content/${escaped(type)}/schema`;
}

async function hold(operation, [status, headers, body, parameter]) {
  const [method, route] = operation.split(' ');
  const value = typeof parameter === 'function' ? parameter() : parameter;
  const sent = typeof body === 'function' ? body() : body;
  const values = [value].flat();
  const target = cdp.url + route.replace(/\{[^}]+\}/g, () => values.shift());
  const answer = await fetch(target, {
    method, headers, redirect: 'manual', body: sent === undefined || typeof sent === 'string' ? sent : JSON.stringify(sent),
  });
  const text = await answer.text();
  assert.equal(answer.status, status, `${operation}: ${text.slice(0, 300)}`);
  const type = (answer.headers.get('content-type') ?? '').split(';')[0];
  const schema = schema_of(route, method.toLowerCase(), status, type);
  if (!schema || type !== 'application/json') return text;
  const validate = ajv.compile({ $ref: schema });
  const parsed = JSON.parse(text);
  assert.ok(validate(parsed), `${operation} ${status}: ${ajv.errorsText(validate.errors)} in ${text.slice(0, 300)}`);
  return parsed;
}

test('the document is valid OpenAPI 3.1', { skip }, async () => {
  const validator = new Validator();
  const result = await validator.validate(document);
  assert.ok(result.valid, JSON.stringify(result.errors, null, 1));
  assert.equal(validator.version, '3.1');
});

test('every operation is tried here, and nothing else', { skip }, () => {
  assert.deepEqual(Object.keys(examples()).sort(), documented().sort());
});

test('every operation answers as documented', { skip }, async () => {
  await cdp.cli('audit', 'checkpoint');
  const all = examples();
  for (const call of all['POST /v1/identify']) await hold('POST /v1/identify', call);
  const first = (operation, at = 0) => hold(operation, all[operation][at]);
  cdp.request_id = (await first('POST /v1/requests', 1)).id;
  await first('POST /v1/webhooks/{source}');
  cdp.review = (await first('GET /v1/reviews')).reviews.find((review) => review.why === 'anchored');
  await first('POST /v1/consents');
  const told = await first('POST /v1/subjects/explain');
  cdp.story = told.merge;
  cdp.retracted = told.assertions[0].id;
  const [, officer] = all['GET /v1/retractions'][0];
  await hold('POST /v1/subjects/{id}/split',
    [200, officer, { identifier: login, retract: [cdp.retracted], reason: 'data_error' }, told.merge.subject]);
  cdp.statement_id = (await first('POST /v1/consents/lookup')).history[0].id;
  for (const [operation, calls] of Object.entries(all)) {
    for (const call of calls) await hold(operation, call);
  }
});

// A person is refused on a page, not in JSON.
const is_page = (response) => Boolean(response.content?.['text/html']);

test('each refusal that is promised has the one form of errors', { skip }, async () => {
  for (const operation of documented()) {
    const [method, route] = operation.split(' ');
    for (const [status, response] of Object.entries(document.paths[route][method.toLowerCase()].responses)) {
      if (Number(status) < 400 || is_page(response) || (operation === 'POST /v1/consents' && status === '422')) continue;
      const expected = `#/components/responses/${status === 'default' ? 'Refused' : 'Error'}`;
      assert.equal(response.$ref, expected, `${operation} ${status}`);
    }
  }
  const missing = await fetch(`${cdp.url}/v1/nothing`);
  assert.equal(missing.status, 404);
  const wrong = await fetch(`${cdp.url}/v1/profiles/lookup`);
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get('allow'), 'POST');
  const validate = ajv.compile({ $ref: 'api#/components/schemas/Error' });
  for (const answer of [missing, wrong]) assert.ok(validate(await answer.json()));
});
