// What a destination gets, verified by npm standardwebhooks: a view of what was agreed to, again
// after a failure under the same id, and the withdrawal.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Webhook } from 'standardwebhooks';

import { startHook } from './support/hook.mjs';
import { PERSONALIZE, skip, startServer } from './support/server.mjs';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

describe('a signed webhook', { skip }, () => {
  let tool, cdp, delivery, subject;

  before(async () => {
    [tool, cdp] = [await startHook(), await startServer()];
    cdp.flags = ['--allow-loopback-destinations'];
    await cdp.keep_secret('hook-key', SECRET);
    await cdp.reconfigure((config) => `${config}
hook = {kind = "signed_webhook", role = "processor", url = "${tool.url}", secret = "hook-key", purposes = ["${PERSONALIZE}"], attributes = ["first_name", "birthday"]}
`);
  });
  after(async () => {
    await cdp?.stop();
    await tool?.stop();
  });

  const choose = async (choice) => {
    const answer = await cdp.consent({
      identifier: { type: 'user_id', value: 'ada' }, purpose: PERSONALIZE, choice,
      method: 'form', notice_version: '2026-01', occurred_at: new Date().toISOString(),
    });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  };
  const verified = ({ headers, body }) => new Webhook(SECRET).verify(body, headers);
  const next = async (status) => {
    const call = await tool.next();
    call.answer(status);
    return call;
  };

  test('shows what was agreed to, and repeats a failed delivery under its id', async () => {
    await cdp.identify('ada', { firstName: 'Ada', city: 'Ulm' });
    await choose('granted');
    const first = await next(503);
    delivery = await next(204);
    assert.equal(first.method, 'POST');
    assert.equal(first.url, '/hook');
    assert.equal(first.headers['content-type'], 'application/json');
    assert.equal(delivery.headers['webhook-id'], first.headers['webhook-id']);
    const view = verified(delivery);
    assert.equal(view.type, 'profile.updated');
    assert.equal(view.purpose, PERSONALIZE);
    assert.deepEqual(view.attributes, { first_name: 'Ada' });
    assert.deepEqual(view.withheld, ['birthday']);
    assert.match(view.subject, /^dsb_[0-9a-z]{26}$/);
    assert.deepEqual({ ...verified(first), occurred_at: view.occurred_at }, view);
    for (const { body } of [first, delivery]) assert.ok(!body.includes('Ulm') && !body.includes('"ada"'));
    subject = view.subject;
  });

  test('a changed byte is not verified', () => {
    const { headers, body } = delivery;
    assert.throws(() => verified({ headers, body: body.replace('Ada', 'Bda') }));
  });

  test('a withdrawal reaches it', async () => {
    await choose('withdrawn');
    const order = verified(await next(204));
    assert.equal(order.type, 'consent.withdrawn');
    assert.equal(order.choice, 'withdrawn');
    assert.equal(order.subject, subject);
    assert.ok(!('attributes' in order));
  });
});
