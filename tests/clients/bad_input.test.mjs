// What must be refused is refused, with the right status and nothing leaked, and the server and its
// other clients do not notice. JSON cases: nst/JSONTestSuite, found by CDP_REFERENCE_DATA.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { basic, bearer, SHOPIFY_SECRET, skip, startServer } from './support/server.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const CASES = path.join(
  path.resolve(ROOT, process.env.CDP_REFERENCE_DATA ?? '../shared/data'), 'audit/json-parsing');
const skip_cases = skip || (existsSync(CASES) ? false : 'no reference data (CDP_REFERENCE_DATA)');

let cdp;
before(async () => { if (!skip) cdp = await startServer(); });
after(async () => {
  if (!cdp) return;
  assert.equal((await cdp.stop()).code, 0, 'after all of it the server stops as it should');
});

const event = (id, more = {}) => (
  { type: 'track', event: 'Clicked', userId: 'somebody', messageId: id, ...more });
const as_app = () => ({ authorization: basic(cdp.keys.app) });

async function post(route, body, headers) {
  const answer = await cdp.post(route, body, headers);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: JSON.parse(text) };
}

async function refused(status, route, body, headers) {
  const answer = await post(route, body, headers);
  assert.equal(answer.status, status, answer.text);
  assert.deepEqual(Object.keys(answer.body), ['error']);
  assert.ok(answer.body.error.code && answer.body.error.message);
  return answer.body.error;
}

async function still_alive() {
  const answer = await post('/v1/track', event(`alive-${randomBytes(6).toString('hex')}`), as_app());
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.body.accepted, 1);
}

test('318 JSON texts: what must fail fails with a position, nothing crashes', { skip: skip_cases }, async () => {
  const names = readdirSync(CASES).filter((name) => name.endsWith('.json'));
  assert.ok(names.length >= 300, `${names.length} cases`);
  for (const name of names) {
    const text = readFileSync(path.join(CASES, name));
    const answer = await post('/v1/batch', text, as_app());
    assert.ok(answer.status < 500, `${name}: ${answer.status}`);
    if (name.startsWith('n_')) {
      assert.equal(answer.status, 400, name);
      assert.match(answer.body.error.message, /at byte \d+/, name);
    }
    // A whole JSON text that is no call of ours is refused for that, not as JSON.
    if (name.startsWith('y_') && !name.includes('duplicated')) {
      assert.equal(answer.status, 400, name);
      assert.doesNotMatch(answer.body.error.message, /at byte \d+/, name);
    }
  }
  await still_alive();
});

test('duplicate keys, depth and broken UTF-8 have a position, too', { skip }, async () => {
  const deep = (levels) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const bodies = {
    'a key twice': '{"batch":[],"batch":[{"type":"track"}]}',
    'a key twice inside': '{"batch":[{"userId":"a","userId":"b"}]}',
    'sixty-five deep': deep(65),
    'a hundred thousand deep': deep(100_000),
    'not UTF-8': Buffer.concat([Buffer.from('{"batch":[{"event":"'), Buffer.of(0xc3, 0x28), Buffer.from('"}]}')]),
    'cut off': '{"batch":[{"type":"tra',
    'nothing': ' ',
  };
  for (const [what, body] of Object.entries(bodies)) {
    const error = await refused(400, '/v1/batch', body, as_app());
    assert.match(error.message, /at byte \d+/, what);
  }
  await still_alive();
});

test('a bad event does not lose its neighbours', { skip }, async () => {
  const batch = [event('n-1'), 7, { type: 'dance', userId: 'x' }, { type: 'track', userId: 'x' },
    { type: 'track', event: 'e' }, event('n-2', { properties: { big: 'x'.repeat(5 << 20) } }), event('n-3')];
  const answer = await post('/v1/batch', { batch }, as_app());
  assert.equal(answer.status, 200);
  assert.equal(answer.body.accepted, 2);
  assert.deepEqual(answer.body.rejected.map((r) => [r.index, r.reason]),
    [[1, 'malformed'], [2, 'unknown_type'], [3, 'missing_event'], [4, 'missing_persona'], [5, 'too_large']]);
});

test('too large: by its length, without a length, by count, and after gzip', { skip }, async () => {
  await refused(413, '/v1/batch', ' '.repeat(8 * 1024 * 1024 + 1), as_app());
  const chunked = await new Promise((resolve, reject) => {
    const out = request(`${cdp.url}/v1/batch`, { method: 'POST', headers: as_app() }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    out.on('error', (error) => (error.code === 'EPIPE' || error.code === 'ECONNRESET' ? null : reject(error)));
    for (let i = 0; i < 9; ++i) out.write(Buffer.alloc(1 << 20, ' '));
    out.end();
  });
  assert.equal(chunked, 413);
  const many = JSON.stringify({ batch: Array(10_001).fill(0) });
  await refused(413, '/v1/batch', many, as_app());
  const bomb = gzipSync(Buffer.alloc(200 << 20, ' '));
  await refused(413, '/v1/batch', bomb, { ...as_app(), 'content-encoding': 'gzip' });
  await refused(413, '/v1/batch', bomb, as_app());  // whatever the headers say
  const nested = gzipSync(gzipSync(JSON.stringify({ batch: [] })));
  await refused(400, '/v1/batch', nested, { ...as_app(), 'content-encoding': 'gzip' });
  const cut = gzipSync(JSON.stringify({ batch: [event('cut')] })).subarray(0, 40);
  await refused(400, '/v1/batch', cut, { ...as_app(), 'content-encoding': 'gzip' });
  await refused(415, '/v1/batch', '{}', { ...as_app(), 'content-encoding': 'br' });
  await still_alive();
});

// Bytes on a socket of their own; what came back when the server closed it, or by `released`.
function raw(bytes, { end = false, released = new Promise((r) => setTimeout(r, 5_000).unref()) } = {}) {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(cdp.url);
    const socket = connect(Number(port), hostname, () => (end ? socket.end(bytes) : socket.write(bytes)));
    let got = '';
    released.then(() => socket.destroy());
    socket.on('data', (data) => (got += data));
    socket.on('error', () => {});
    socket.on('close', () => resolve(got));
  });
}

const head = (length, more = '') => 'POST /v1/batch HTTP/1.1\r\nHost: cdp\r\n' +
  `Authorization: ${basic(cdp.keys.app)}\r\n${more}Content-Length: ${length}\r\n\r\n`;

test('a body that never comes whole stores nothing, and holds up nobody', { skip }, async () => {
  const body = JSON.stringify({ batch: [event('truncated')] });
  await raw(head(body.length + 1) + body, { end: true });
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  const slow = Array.from({ length: 50 }, () => raw(head(1000) + '{', { released }));
  const first = Promise.race(slow).then(() => 'a slow one ended');
  for (let i = 0; i < 20; ++i) await still_alive();
  assert.equal(await Promise.race([first, 'all still open']), 'all still open');
  release();
  assert.deepEqual(new Set(await Promise.all(slow)), new Set(['']));
  const again = await post('/v1/batch', body, as_app());
  assert.deepEqual([again.body.accepted, again.body.duplicates], [1, 0], 'the cut body left nothing');
});

test('two readings of one request are no request', { skip }, async () => {
  const body = '{"batch":[]}';
  const bad = [
    head(12, 'Content-Length: 5\r\n') + body,
    head(12, 'Transfer-Encoding: chunked\r\n') + body,
    head(12, 'Transfer-Encoding: gzip\r\n') + body,
    head(12, 'Host: other\r\n') + body,
    head(12, 'X: a\r\n folded\r\n') + body,
    head('+12') + body,
    head(12).replace('HTTP/1.1', 'HTTP/3.1') + body,
    'POST /v1/batch\r\n\r\n',
    `GET /livez HTTP/1.1\r\nHost: cdp\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
  ];
  for (const bytes of bad) {
    const got = await raw(bytes);
    assert.match(got, /^HTTP\/1\.1 (400|431|505) /, JSON.stringify(bytes.slice(0, 200)));
    assert.match(got, /Connection: close/i);
  }
  await still_alive();
});

test('a wrong key, token or signature: 401, all alike, counted', { skip }, async () => {
  const old = await cdp.metric('cdp_unauthenticated_total');
  const wrong = [undefined, 'Basic', 'Basic !!!', basic(''), basic('wrong'), basic(`${cdp.keys.app}x`),
    basic(cdp.keys.app.slice(0, -1)), bearer(cdp.keys.app)];
  const said = new Set();
  for (const authorization of wrong) {
    const error = await refused(401, '/v1/track', event('w'), authorization ? { authorization } : {});
    said.add(JSON.stringify(error));
  }
  assert.equal(said.size, 1, 'one answer for all');
  assert.equal(await cdp.metric('cdp_unauthenticated_total') - old, wrong.length);

  await refused(403, '/v1/track', event('w'), { authorization: basic(cdp.tokens.crm) });
  await refused(403, '/v1/consents', {}, { authorization: bearer(cdp.tokens.crm) });

  const lookup = { identifier: { type: 'user_id', value: 'somebody' }, purpose: 'personalize.content' };
  for (const token of ['', 'wrong', cdp.keys.app, cdp.tokens.consent]) {
    const answer = await cdp.post('/v1/profiles/lookup', lookup, { authorization: bearer(token) });
    assert.ok([401, 403].includes(answer.status), `${answer.status}`);
    assert.doesNotMatch(await answer.text(), /somebody/);
  }
  for (const surface of ['ingest', 'profile', 'consent', 'audit']) {
    const seen = () => cdp.metric('cdp_unauthenticated_total', `surface="${surface}"`);
    const start = await seen();
    const [route, method] = {
      ingest: ['/v1/track', 'POST'], profile: ['/v1/profiles/lookup', 'POST'],
      consent: ['/v1/consents', 'POST'], audit: ['/v1/audit/checkpoint', 'GET'],
    }[surface];
    const answer = await fetch(cdp.url + route, {
      method, headers: { authorization: bearer('wrong') }, body: method === 'POST' ? '{}' : undefined });
    assert.equal(answer.status, 401, route);
    assert.equal(await seen() - start, 1, surface);
  }
  for (const route of ['/v1/audit/checkpoint', '/v1/requests']) {
    assert.equal((await fetch(cdp.url + route)).status, 401, route);
  }
  for (const route of ['/admin/statistics', '/admin/tokens', '/metrics']) {
    assert.equal((await fetch(cdp.url + route)).status, 404, `${route} is not for the network`);
  }
});

test('a webhook is taken with the vendor\'s signature over these very bytes, or not at all', { skip }, async () => {
  const customer = JSON.stringify({ id: 7, email: 'paula@customers.example', first_name: 'Paula' });
  const sign = (text, secret) => createHmac('sha256', secret).update(text).digest('base64');
  const headers = (signature) => ({
    'x-shopify-topic': 'customers/create', 'x-shopify-webhook-id': randomBytes(8).toString('hex'),
    'x-shopify-api-version': '2024-10', 'x-shopify-shop-domain': 'example.myshopify.com',
    ...(signature === undefined ? {} : { 'x-shopify-hmac-sha256': signature }),
  });
  const good = await post('/v1/webhooks/shop', customer, headers(sign(customer, SHOPIFY_SECRET)));
  assert.equal(good.status, 200, good.text);
  assert.equal(good.body.accepted, 1);
  const said = new Set();
  for (const [route, signature] of [
    ['shop', undefined], ['shop', ''], ['shop', sign(customer, 'another')],
    ['shop', sign(`${customer} `, SHOPIFY_SECRET)], ['shop', sign(customer, SHOPIFY_SECRET).slice(0, -4)],
    ['nobody', sign(customer, SHOPIFY_SECRET)], ['app', sign(customer, SHOPIFY_SECRET)],
  ]) {
    said.add(JSON.stringify(await refused(401, `/v1/webhooks/${route}`, customer, headers(signature))));
  }
  assert.equal(said.size, 1, 'an unknown source and a wrong signature answer alike');
});

test('more than fits is refused with Retry-After, and what was taken is kept', { skip }, async () => {
  const old = await cdp.stats();
  const flood = Array.from({ length: 10 }, (_, i) => post('/v1/batch', { batch: Array.from(
    { length: 5_000 }, (__, j) => ({ type: 'track', event: 'e', anonymousId: `f${j % 100}`, messageId: `f-${i}-${j}` }),
  ) }, as_app()));
  const answers = await Promise.all(flood);
  let taken = 0;
  for (const answer of answers) {
    assert.ok([200, 429].includes(answer.status), `${answer.status}`);
    if (answer.status === 429) assert.ok(Number(answer.headers.get('retry-after')) >= 1);
    if (answer.status === 200) taken += answer.body.accepted;
  }
  assert.ok(taken > 0);
  assert.equal((await cdp.stats()).accepted - old.accepted, taken);
});

test('SIGTERM under load: every 200 is kept', { skip }, async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const acknowledged = [];
  let stopped = false;
  const send = (id) => new Promise((resolve) => {
    const body = JSON.stringify({ batch: [event(id)] });
    const out = request(`${cdp.url}/v1/batch`, { method: 'POST', agent, headers: as_app() }, (answer) => {
      let text = '';
      answer.on('data', (data) => (text += data));
      answer.on('end', () => {
        if (answer.statusCode === 200 && JSON.parse(text).accepted === 1) acknowledged.push(id);
        resolve();
      });
      answer.on('error', resolve);
    });
    out.on('error', resolve);
    out.end(body);
  });
  const clients = Array.from({ length: 16 }, async (_, client) => {
    for (let i = 0; !stopped; ++i) await send(`drain-${client}-${i}`);
  });
  while (acknowledged.length < 200) await new Promise((resolve) => setTimeout(resolve, 5));
  const end = await cdp.halt('SIGTERM');
  stopped = true;
  await Promise.all(clients);
  agent.destroy();
  assert.deepEqual(end, { code: 0, signal: null });
  await cdp.serve_again();
  for (let at = 0; at < acknowledged.length; at += 500) {
    const batch = acknowledged.slice(at, at + 500).map((id) => event(id));
    const answer = await post('/v1/batch', { batch }, as_app());
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual([answer.body.accepted, answer.body.duplicates], [0, batch.length]);
  }
});
