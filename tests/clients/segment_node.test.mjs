// The unmodified @segment/analytics-node against the running binary: every call, bodies beyond its
// own limits, and a server that goes away under it. Version 3 wants Node 20; version 2 runs on 18.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { PERSONALIZE, NEWSLETTER, skip, startServer } from './support/server.mjs';

const NODE = Number(process.versions.node.split('.')[0]);
const PACKAGES = ['@segment/analytics-node', ...(NODE >= 20 ? ['segment-analytics-node-3'] : [])];

let cdp;
before(async () => { if (!skip) cdp = await startServer(); });
after(async () => { await cdp?.stop(); });

// `use` gets a client; afterwards all it queued has been answered, and `failures` stays empty.
async function with_client(name, options, use) {
  const { Analytics } = await import(name);
  const failures = [];
  const client = new Analytics({
    writeKey: cdp.keys.app, host: cdp.url, flushInterval: 200, ...options,
  });
  client.on('error', (error) => failures.push(error.code ?? String(error)));
  await use(client);
  await client.closeAndFlush({ timeout: 60_000 });
  assert.deepEqual(failures, []);
}

// What the counters grew by during `work`.
async function growth(work) {
  const old = await cdp.stats();
  await work();
  const now = await cdp.stats();
  return Object.fromEntries(Object.keys(now).map((name) => [name, now[name] - old[name]]));
}

for (const [place, name] of PACKAGES.entries()) {
  describe(`${name}`, { skip }, () => {
    const ada = `ada-${place}`;
    const email = `${ada}@customers.example`;

    test('every call is taken, once each', async () => {
      const grown = await growth(() => with_client(name, {}, (client) => {
        client.identify({ userId: ada, traits: { email, firstName: 'Ada', city: 'Berlin' } });
        client.track({ userId: ada, event: 'Order Completed', properties: { total: '12.50' } });
        client.page({ userId: ada, name: 'Home', properties: { path: '/' } });
        client.screen({ userId: ada, name: 'Start' });
        client.group({ userId: ada, groupId: 'readers', traits: { size: 3 } });
        client.track({ anonymousId: `device-${place}`, event: 'Looked' });
        client.alias({ userId: ada, previousId: `device-${place}` });
      }));
      assert.equal(grown.accepted, 7);
      assert.equal(grown.duplicates, 0);
      const merge = await cdp.cli('merge', 'explain', '--type', 'user_id', '--value', ada);
      assert.equal(merge.merge.members.length, 2, 'the alias joins device and login');
    });

    test('nothing is shown before consent, and exactly what it covers after', async () => {
      const before_consent = await cdp.profile('user_id', ada, PERSONALIZE);
      assert.equal(before_consent.status, 200);
      assert.deepEqual(before_consent.body.attributes, {});

      await with_client(name, {}, (client) => client.track({
        userId: ada, event: 'Looked',
        context: { consent: { categoryPreferences: { Taste: true, Counting: false } } },
      }));
      const taste = await cdp.profile('user_id', ada, PERSONALIZE);
      assert.deepEqual(taste.body.attributes, { first_name: 'Ada', city: 'Berlin' });
      assert.deepEqual(taste.body.withheld.map((w) => w.reason).filter((r) => r !== 'not_permitted'), []);
      const mail = await cdp.profile('user_id', ada, NEWSLETTER);
      assert.deepEqual(mail.body.attributes, {}, 'another purpose stays shut');
    });

    test('a grant through the API opens the mailbox it names, and its withdrawal shuts it', async () => {
      const identifier = { type: 'email', value: email };
      const statement = {
        identifier, purpose: NEWSLETTER, channel: 'email', contact_point: identifier,
        basis: 'consent', method: 'form', notice_version: '2026-01',
      };
      const granted = await cdp.consent(
        { ...statement, choice: 'granted', occurred_at: new Date().toISOString() });
      assert.equal(granted.status, 200, JSON.stringify(granted.body));
      const open = await cdp.profile('email', email, NEWSLETTER);
      assert.equal(open.body.attributes.email, email);
      await cdp.consent({ ...statement, choice: 'withdrawn', occurred_at: new Date().toISOString() });
      assert.deepEqual((await cdp.profile('email', email, NEWSLETTER)).body.attributes, {});
    });

    test('a 2 MB event, which its size guard lets through', async () => {
      const grown = await growth(() => with_client(name, {}, (client) => client.track({
        userId: ada, event: 'Wrote', properties: { text: 'x'.repeat(2_000_000) },
      })));
      // A strict 400 would lose it for ever, with all its neighbours in the batch.
      assert.equal(grown.accepted, 1);
    });

    test('a thousand events of 12 kB in batches of 100', async () => {
      const grown = await growth(() => with_client(name, { flushAt: 100 }, (client) => {
        for (let i = 0; i < 1000; ++i) {
          client.track({
            userId: `reader-${place}-${i % 50}`, event: 'Read', properties: { text: 'x'.repeat(12_000) },
          });
        }
      }));
      assert.equal(grown.accepted, 1000);
      assert.equal(grown.duplicates, 0);
    });

    test('what a restart interrupts is sent again and counted once', async () => {
      let sent = 0;
      let requests = 0;
      const grown = await growth(() => with_client(
        name, { flushAt: 10, maxRetries: 40, httpRequestTimeout: 20_000 },
        async (client) => {
          client.on('http_request', () => ++requests);
          const send = (batches) => {
            for (let i = 0; i < 10 * batches; ++i, ++sent) {
              client.track({ userId: `${ada}-${i % 7}`, event: 'Clicked', properties: { i } });
            }
          };
          send(20);
          const halted = cdp.halt();  // while those are on their way
          await new Promise((resolve) => setImmediate(resolve));
          send(10);
          assert.equal((await halted).code, 0);
          send(10);  // to nobody
          await new Promise((resolve) => setTimeout(resolve, 50));
          await cdp.serve_again();
        }));
      assert.ok(requests > 40, `${requests} requests for 40 batches`);
      assert.equal(grown.observations, sent);
    });
  });
}
