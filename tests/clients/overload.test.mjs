// A real client meets a full server: the unmodified @segment/analytics-node is answered 429 with
// Retry-After by the running binary, and later delivers everything, once.
//
// The server is filled as a crowd of slow uploads would: bodies that have arrived in part are held
// within a bound for all connections together (kBufferedBodyBytesMax in cdp/core/base/limits.h), and
// these connections take all of it but a few bytes. Nothing here waits for a clock: the crowd goes
// away when the client starts its second attempt, which it does for a refused first one alone.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { basic, skip, startServer } from './support/server.mjs';

const EVENTS = 40;
const ROOM = 64;  // bytes that are left: less than any call

let cdp;
before(async () => { if (!skip) cdp = await startServer(); });
after(async () => { await cdp?.stop(); });

// "256 * 1024 * 1024" of a named limit.
async function limit(name) {
  const text = await readFile(new URL('../../cdp/core/base/limits.h', import.meta.url), 'utf8');
  const product = new RegExp(`${name}\\s*=\\s*([0-9 '*]+);`).exec(text)[1];
  return product.replaceAll("'", '').split('*').reduce((a, b) => a * Number(b), 1);
}

// One upload of `size` bytes that stops short by `missing`; resolves when the kernel has taken it.
function upload(size, missing) {
  const { hostname, port } = new URL(cdp.url);
  const socket = net.connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(`POST /v1/batch HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`);
  return new Promise((resolve) => {
    socket.write(Buffer.alloc(size - missing, 0x20), () => resolve(socket));
  });
}

async function crowd() {
  const [all, one] = [await limit('kBufferedBodyBytesMax'), await limit('kBodyBytesMax')];
  const count = Math.ceil(all / one);
  const sockets = [];
  for (let i = 0; i < count; ++i) {
    sockets.push(await upload(one, i === 0 ? ROOM + (count * one - all) - (count - 1) : 1));
  }
  return sockets;
}

const call = (id) => cdp.post('/v1/track', { userId: 'probe', event: 'Looked', messageId: id }, { authorization: basic(cdp.keys.app) });

// The uploads arrive in their own time: asked until the server is full.
async function until_full() {
  for (let i = 0; i < 10_000; ++i) {
    const answer = await call(`probe-${i}`);
    if (answer.status === 429) return answer;
    assert.equal(answer.status, 200);
    await answer.arrayBuffer();
  }
  throw new Error('the server was never full');
}

test('a client that meets 429 delivers everything later, once', { skip }, async () => {
  const { Analytics } = await import('@segment/analytics-node');
  const sockets = await crowd();
  const refused = await until_full();
  assert.match(refused.headers.get('retry-after'), /^[1-9][0-9]*$/);
  assert.equal((await refused.json()).error.code, 'overloaded');

  const old = await cdp.stats();
  const overloads = await cdp.metric('cdp_http_refused_total', 'reason="overloaded"');
  const client = new Analytics({ writeKey: cdp.keys.app, host: cdp.url, flushAt: EVENTS, maxRetries: 20 });
  const failures = [];
  client.on('error', (error) => failures.push(String(error)));
  let attempts = 0;
  client.on('http_request', () => {
    if (++attempts === 2) for (const socket of sockets) socket.destroy();
  });
  for (let i = 0; i < EVENTS; ++i) client.track({ userId: `eve-${i}`, event: 'Bought', properties: { i } });
  await client.closeAndFlush({ timeout: 60_000 });

  assert.deepEqual(failures, []);
  assert.ok(attempts >= 2, `${attempts} attempts`);
  assert.ok(await cdp.metric('cdp_http_refused_total', 'reason="overloaded"') > overloads);
  const now = await cdp.stats();
  assert.equal(now.accepted - old.accepted, EVENTS);
  assert.equal(now.duplicates - old.duplicates, 0);
  assert.equal((await call('afterwards')).status, 200);
});
