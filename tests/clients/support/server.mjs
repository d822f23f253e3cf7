// One running cdp for a test file: a fresh data directory, a server on a free port, sources and
// tokens made through the command line, stopped by process id and cleaned up afterwards.
//
//   const cdp = await startServer();   // in before(); `skip` says why there is none
//   cdp.url, cdp.keys.app, cdp.keys.web, cdp.tokens.crm, await cdp.stats(), await cdp.stop()
//
// Everything is synthetic; the directory dies with the test.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = process.env.CDP_BINARY;
const START_MS = 60_000;
const STOP_MS = 30_000;

export const skip = BINARY ? false : 'CDP_BINARY names no cdp';

export const PERSONALIZE = 'personalize.content';
export const NEWSLETTER = 'marketing.communications.email';
export const SHOPIFY_SECRET = 'not-a-real-shopify-secret';

const CONFIG = `pack = "shop-eu@1"
controller = {name = "Example", country = "DE", contact = "privacy@shop.example"}

[source]
app = {kind = "segment", trust = "server", categories = {Taste = "personalize.content", Counting = "analytics.reporting"}}
web = {kind = "segment", trust = "public", categories = {Taste = "personalize.content", Counting = "analytics.reporting"}}
shop = {kind = "shopify", secret = "shopify"}

[destination]
crm = {kind = "profile_api", role = "processor", purposes = ["marketing.communications.email", "personalize.content"], attributes = ["email", "first_name", "city", "favourite_colour"]}
`;

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

function run(args, input = '') {
  return new Promise((resolve, reject) => {
    const child = spawn(BINARY, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve(out);
      reject(new Error(`cdp ${args.slice(0, 2).join(' ')} ended with ${code}: ${err || out}`));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

// What the server says when it is ready; its errors are kept for a failure's message.
function ready(child) {
  return new Promise((resolve, reject) => {
    let err = '';
    const timer = setTimeout(() => give_up('nothing said within a minute'), START_MS);
    const give_up = (why) => {
      clearTimeout(timer);
      reject(new Error(`cdp serve did not start: ${why}\n${err.slice(-2000)}`));
    };
    child.stderr.on('data', (text) => (err += text));
    child.on('error', (error) => give_up(error.message));
    child.on('exit', (code) => give_up(`it ended with ${code}`));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const said = JSON.parse(line);
      if (!said.url) return;
      clearTimeout(timer);
      resolve(said);
    });
  });
}

class Server {
  constructor(home) {
    this.home = home;
    this.directory = path.join(home, 'data');  // its key file lies beside it
    this.flags = [];  // more of them for `cdp serve`, from the next start
    this.keys = {};
    this.tokens = {};
  }

  // A verb on this directory; its answer, parsed.
  async cli(...args) {
    return JSON.parse(await run([...args, '--dir', this.directory, '--json']));
  }

  async serve(address = '127.0.0.1:0') {
    const args = ['serve', this.directory, '--listen', address, '--metrics-listen', '127.0.0.1:0', ...this.flags];
    const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        running.delete(child);
        resolve({ code, signal });
      });
    });
    const said = await ready(child);
    this.url = said.url;
    this.metrics_url = `http://${said.metrics}/metrics`;
  }

  // SIGTERM and the exit code; SIGKILL when it does not end.
  async halt(signal = 'SIGTERM') {
    if (!running.has(this.child)) return this.ended;
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    const end = await this.ended;
    clearTimeout(timer);
    return end;
  }

  // The same directory again, on the port it had.
  async serve_again() {
    await this.serve(new URL(this.url).host);
  }

  // The same directory with another cdp.toml: `change` makes it from the text of the one there is.
  async reconfigure(change) {
    await this.halt();
    const file = path.join(this.directory, 'cdp.toml');
    await writeFile(file, change(await readFile(file, 'utf8')));
    await this.serve_again();
  }

  // What cdp.toml names as a secret; read when the server next starts.
  async keep_secret(name, value) {
    await run(['secret', 'set', name, '--dir', this.directory], `${value}\n`);
  }

  // A customer whom the shop's own server tells of.
  async identify(userId, traits) {
    const answer = await this.post('/v1/identify', { userId, messageId: `seed-${userId}`, traits },
      { authorization: basic(this.keys.app) });
    if (answer.status !== 200) throw new Error(`identify was answered ${answer.status}`);
    await this.stats();
  }

  async stop() {
    const end = this.child ? await this.halt() : { code: 0 };
    await rm(this.home, { recursive: true, force: true });
    return end;
  }

  async key(source) {
    return (await this.cli('source', 'add', source)).write_key;
  }

  async token(role, binding) {
    const args = ['token', 'create', '--role', role, ...(binding ? ['--for', binding] : [])];
    return (await this.cli(...args)).token;
  }

  // Everything acknowledged is folded first, so what follows reads its own writes.
  stats() {
    return this.cli('stats');
  }

  // The sum of a metric's series whose labels hold `labels`.
  async metric(name, labels = '') {
    const text = await (await fetch(this.metrics_url)).text();
    return text.split('\n')
      .filter((line) => line.startsWith(name) && line.includes(labels) && !line.startsWith('#'))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  post(route, body, headers = {}) {
    return fetch(this.url + route, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
  }

  // What the destination `crm` may see of a person.
  async profile(type, value, purpose) {
    await this.stats();
    const answer = await this.post(
      '/v1/profiles/lookup',
      { identifier: { type, value }, purpose },
      { authorization: `Bearer ${this.tokens.crm}` },
    );
    return { status: answer.status, body: await answer.json() };
  }

  // A statement of consent as a consent token brings it.
  async consent(statement) {
    const answer = await this.post('/v1/consents', statement, {
      authorization: `Bearer ${this.tokens.consent}`,
    });
    return { status: answer.status, body: await answer.json() };
  }
}

export async function startServer() {
  const home = await mkdtemp(path.join(tmpdir(), 'cdp-clients-'));
  const server = new Server(home);
  try {
    await run(['init', server.directory]);
    await writeFile(path.join(server.directory, 'cdp.toml'), CONFIG, { mode: 0o600 });
    await server.keep_secret('shopify', SHOPIFY_SECRET);
    await server.serve();
    server.keys.app = await server.key('app');
    server.keys.web = await server.key('web');
    server.tokens.crm = await server.token('destination', 'crm');
    server.tokens.consent = await server.token('consent');
    server.tokens.officer = await server.token('officer');
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export const basic = (key) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
export const bearer = (token) => `Bearer ${token}`;
