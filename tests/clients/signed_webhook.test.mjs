// What a destination gets, verified by npm standardwebhooks: a view of what was agreed to, again
// after a failure under the same id, and the withdrawal.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';

const BINARY = process.env.CDP_BINARY;
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const PURPOSE = 'personalize.content';
const WAIT_MS = 30_000;

function run(args, input = '') {
  return new Promise((resolve, reject) => {
    const child = spawn(BINARY, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => (code === 0
      ? resolve(out)
      : reject(new Error(`cdp ${args.slice(0, 2).join(' ')} ended with ${code}: ${err || out}`))));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

// A tool that keeps what it is sent and fails the first `failures` times.
class Tool {
  constructor(failures) {
    this.got = [];
    this.waiting = [];
    this.server = createServer((request, response) => {
      let body = '';
      request.on('data', (text) => (body += text));
      request.on('end', () => {
        const fails = this.got.length < failures;
        this.got.push({ headers: request.headers, method: request.method, url: request.url, body });
        response.writeHead(fails ? 503 : 204).end();
        this.waiting.splice(0).forEach((wake) => wake());
      });
    });
  }
  async listen() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}/hook`;
  }
  async until(count) {
    const deadline = Date.now() + WAIT_MS;
    while (this.got.length < count) {
      const left = deadline - Date.now();
      assert.ok(left > 0, `only ${this.got.length} of ${count} deliveries came`);
      let timer;
      await new Promise((resolve) => {
        this.waiting.push(resolve);
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
  }
  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

describe('a signed webhook', { skip: BINARY ? false : 'CDP_BINARY names no cdp' }, () => {
  const tool = new Tool(1);
  let home;
  let child;
  let url;
  let source;
  let consent;
  let subject;

  before(async () => {
    await tool.listen();
    home = await mkdtemp(path.join(tmpdir(), 'cdp-webhook-'));
    const dir = path.join(home, 'data');
    await run(['init', dir]);
    await run(['secret', 'set', 'hook-key', '--dir', dir], `${SECRET}\n`);
    await run(['destination', 'add', 'hook', '--kind', 'signed_webhook', '--url', tool.url,
      '--secret', 'hook-key', '--role', 'processor', '--purposes', PURPOSE,
      '--attributes', 'first_name', '--attributes', 'birthday', '--dir', dir]);
    source = JSON.parse(await run(
      ['source', 'add', 'app', '--kind', 'segment', '--trust', 'server', '--dir', dir, '--json']));
    consent = JSON.parse(await run(
      ['token', 'create', '--role', 'consent', '--dir', dir, '--json']));
    child = spawn(BINARY,
      ['serve', dir, '--listen', '127.0.0.1:0', '--allow-loopback-destinations'],
      { stdio: ['ignore', 'pipe', 'inherit'] });
    url = await new Promise((resolve, reject) => {
      child.on('exit', (code) => reject(new Error(`cdp serve ended with ${code}`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.startsWith('{') && JSON.parse(line).url) resolve(JSON.parse(line).url);
      });
    });
  });
  after(async () => {
    if (child && child.exitCode === null) {
      const ended = new Promise((resolve) => child.on('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    await tool.stop();
    if (home) await rm(home, { recursive: true, force: true });
  });

  const post = async (route, authorization, body) => {
    const answer = await fetch(url + route, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200, await answer.text());
  };
  const choose = (choice) => post('/v1/consents', `Bearer ${consent.token}`, {
    identifier: { type: 'user_id', value: 'ada' }, purpose: PURPOSE, choice,
    method: 'form', notice_version: '2026-01', occurred_at: new Date().toISOString(),
  });
  const verified = async ({ headers, body }) => {
    const { Webhook } = await import('standardwebhooks');
    return new Webhook(SECRET).verify(body, headers);
  };

  test('shows what was agreed to, and repeats a failed delivery under its id', async () => {
    const basic = `Basic ${Buffer.from(`${source.write_key}:`).toString('base64')}`;
    await post('/v1/identify', basic,
      { userId: 'ada', messageId: 'm1', traits: { firstName: 'Ada', city: 'Ulm' } });
    await choose('granted');
    await tool.until(2);
    const [first, again] = tool.got;
    assert.equal(first.method, 'POST');
    assert.equal(first.url, '/hook');
    assert.equal(first.headers['content-type'], 'application/json');
    assert.equal(again.headers['webhook-id'], first.headers['webhook-id']);
    const view = await verified(again);
    assert.equal(view.type, 'profile.updated');
    assert.equal(view.purpose, PURPOSE);
    assert.deepEqual(view.attributes, { first_name: 'Ada' });
    assert.deepEqual(view.withheld, ['birthday']);
    assert.match(view.subject, /^dsb_[0-9a-z]{26}$/);
    const failed = await verified(first);
    assert.deepEqual({ ...failed, occurred_at: view.occurred_at }, view);
    for (const { body } of tool.got) assert.ok(!body.includes('Ulm') && !body.includes('"ada"'));
    subject = view.subject;
  });

  test('a changed byte is not verified', async () => {
    const { headers, body } = tool.got[1];
    await assert.rejects(verified({ headers, body: body.replace('Ada', 'Bda') }));
  });

  test('a withdrawal reaches it', async () => {
    const before_withdrawal = tool.got.length;
    await choose('withdrawn');
    await tool.until(before_withdrawal + 1);
    const order = await verified(tool.got[before_withdrawal]);
    assert.equal(order.type, 'consent.withdrawn');
    assert.equal(order.choice, 'withdrawn');
    assert.equal(order.subject, subject);
    assert.ok(!('attributes' in order));
  });
});
