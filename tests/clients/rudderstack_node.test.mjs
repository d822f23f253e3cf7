// The unmodified @rudderstack/rudder-sdk-node against the running binary: gzip under a
// form-urlencoded Content-Type, `originalTimestamp` in place of `timestamp`, Basic authentication.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { PERSONALIZE, skip, startServer } from './support/server.mjs';

const require = createRequire(import.meta.url);

let cdp;
before(async () => { if (!skip) cdp = await startServer(); });
after(async () => { await cdp?.stop(); });

async function with_client(options, use) {
  const Analytics = require('@rudderstack/rudder-sdk-node');
  const failures = [];
  const client = new Analytics(cdp.keys.app, {
    dataPlaneUrl: cdp.url, flushInterval: 100, logLevel: 'none',
    errorHandler: (error) => failures.push(error.message), ...options,
  });
  const answers = await use(client, (call, message) => new Promise((resolve, reject) => {
    client[call](message, (error) => (error ? reject(error) : resolve()));
  }));
  await client.flush();
  await Promise.all(answers ?? []);
  assert.deepEqual(failures, []);
}

for (const gzip of [true, false]) {
  test(`every call is taken, ${gzip ? 'compressed' : 'plain'}`, { skip }, async () => {
    const user = `grace-${gzip}`;
    const old = await cdp.stats();
    await with_client({ gzip }, (_, call) => [
      call('identify', { userId: user, traits: { email: `${user}@customers.example`, firstName: 'Grace' } }),
      call('track', { userId: user, event: 'Looked', properties: { colour: 'blue' } }),
      call('page', { userId: user, name: 'Home' }),
      call('screen', { userId: user, name: 'Start' }),
      call('group', { userId: user, groupId: 'readers' }),
      call('alias', { userId: user, previousId: `${user}-before` }),
    ]);
    const now = await cdp.stats();
    assert.equal(now.accepted - old.accepted, 6);
    assert.equal(now.duplicates - old.duplicates, 0);
  });
}

test('a consented profile shows what the client sent, and no more', { skip }, async () => {
  const user = 'grace-true';
  assert.deepEqual((await cdp.profile('user_id', user, PERSONALIZE)).body.attributes, {});
  await with_client({}, (_, call) => [call('track', {
    userId: user, event: 'Looked',
    context: { consent: { categoryPreferences: { Taste: true } } },
  })]);
  const shown = await cdp.profile('user_id', user, PERSONALIZE);
  assert.deepEqual(shown.body.attributes, { first_name: 'Grace' });
});

test('a message that names nobody does not lose its neighbours', { skip }, async () => {
  // The client itself refuses such a message, so this one goes by hand in its own clothes.
  const { gzipSync } = await import('node:zlib');
  const batch = ['a', 'b'].map((name) => ({
    type: 'track', event: 'Looked', userId: `neighbour-${name}`, messageId: `neighbour-${name}`,
    originalTimestamp: new Date().toISOString(),
  }));
  const answer = await cdp.post(
    '/v1/batch',
    gzipSync(JSON.stringify({ batch: [batch[0], { type: 'track', event: 'Looked' }, batch[1]], sentAt: new Date() })),
    {
      'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip',
      authorization: `Basic ${Buffer.from(`${cdp.keys.app}:`).toString('base64')}`,
    },
  );
  assert.equal(answer.status, 200);
  const report = await answer.json();
  assert.equal(report.accepted, 2);
  assert.deepEqual(report.rejected.map((r) => [r.index, r.reason]), [[1, 'missing_persona']]);
});

test('four hundred events in batches of fifty arrive once', { skip }, async () => {
  const old = await cdp.stats();
  await with_client({ flushAt: 50 }, (_, call) => Array.from({ length: 400 }, (__, i) => call(
    'track', { userId: `rudder-${i % 20}`, event: 'Clicked', properties: { i, pad: 'y'.repeat(500) } })));
  const now = await cdp.stats();
  assert.equal(now.accepted - old.accepted, 400);
  assert.equal(now.duplicates - old.duplicates, 0);
});
