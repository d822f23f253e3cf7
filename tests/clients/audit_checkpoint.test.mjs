// Drives the unmodified npm package @sigstore/verify over a public audit export of ours: its
// checkpoint must be accepted, its entries must be proven, and edits of either must be refused.
//
// The export comes from a running cdp (CDP_BINARY), or is the one that CDP_AUDIT_EXPORT names. openssl
// verifies the checkpoint's signature, too.
//
// The package exports bundles only; the log verification that its bundle verifier calls is required
// by path. The Merkle proofs are computed here from the entry files alone, after RFC 6962 §2.1.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, createPublicKey } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { basic, bearer, NEWSLETTER, skip as no_cdp, startServer } from './support/server.mjs';

const require = createRequire(import.meta.url);
const given = process.env.CDP_AUDIT_EXPORT;
const skip = given ? false : no_cdp;
let directory = given;
let cdp;

// A log with something of most kinds in it, more than one tile of 256, signed at two sizes.
before(async () => {
  if (skip || given) return;
  cdp = await startServer();
  const person = (i) => ({ type: 'email', value: `person-${i}@customers.example` });
  await cdp.post('/v1/batch', { batch: Array.from({ length: 50 }, (_, i) => (
    { type: 'identify', userId: `p${i}`, messageId: `i${i}`, traits: { email: person(i).value } })) },
  { authorization: basic(cdp.keys.app) });
  await cdp.cli('audit', 'checkpoint');
  const statements = Array.from({ length: 300 }, (_, i) => ({
    identifier: person(i), purpose: NEWSLETTER, choice: 'denied', message_id: `s${i}`,
  }));
  assert.equal((await cdp.consent({ statements })).status, 200);
  await cdp.profile('email', person(1).value, NEWSLETTER);
  directory = path.join(cdp.home, 'export');
  await cdp.cli('audit', 'export', directory);
});

after(async () => { await cdp?.stop(); });

const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), createHash('sha256')).digest();
const leafHash = (entry) => sha256(Buffer.of(0), entry);

function split(n) {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

function treeHash(leaves) {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0];
  const k = split(leaves.length);
  return sha256(Buffer.of(1), treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

function inclusionPath(m, leaves) {
  if (leaves.length <= 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...inclusionPath(m, leaves.slice(0, k)), treeHash(leaves.slice(k))]
    : [...inclusionPath(m - k, leaves.slice(k)), treeHash(leaves.slice(0, k))];
}

function tilePath(number) {
  let name = String(number % 1000).padStart(3, '0');
  for (let rest = Math.floor(number / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    name = `x${String(rest % 1000).padStart(3, '0')}/${name}`;
  }
  return name;
}

function readEntries(size) {
  const entries = [];
  for (let n = 0; n * 256 < size; ++n) {
    const width = Math.min(256, size - n * 256);
    const name = tilePath(n) + (width < 256 ? `.p/${width}` : '');
    const bundle = readFileSync(path.join(directory, 'tile/entries', name));
    for (let at = 0; at < bundle.length; ) {
      const length = bundle.readUInt16BE(at);
      entries.push(bundle.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return entries;
}

// The log as @sigstore/verify wants its trusted logs: public key, id, and a URL that names it.
function trustedLog() {
  const [name, id, ...rest] = readFileSync(path.join(directory, 'vkey'), 'utf8').trim().split('+');
  const key = Buffer.from(rest.join('+'), 'base64').subarray(1);
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
  return {
    baseURL: `https://${name}`,
    logID: Buffer.from(id, 'hex'),
    publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }),
    validFor: { start: new Date(0), end: new Date(8.64e15) },
  };
}

function load() {
  const { verifyTLogInclusion } = require('@sigstore/verify/dist/tlog/index.js');
  const { verifyCheckpoint } = require('@sigstore/verify/dist/tlog/checkpoint.js');
  const envelope = readFileSync(path.join(directory, 'checkpoint'), 'utf8');
  const size = Number(envelope.split('\n')[1]);
  const entries = readEntries(size);
  const leaves = entries.map(leafHash);
  const proven = (index) => ({
    canonicalizedBody: entries[index],
    inclusionProof: {
      logIndex: String(index),
      treeSize: String(size),
      rootHash: Buffer.from(envelope.split('\n')[2], 'base64'),
      hashes: inclusionPath(index, leaves),
      checkpoint: { envelope },
    },
  });
  return { verifyTLogInclusion, verifyCheckpoint, envelope, size, entries, leaves, proven };
}

const withEnvelope = (envelope) => ({ inclusionProof: { checkpoint: { envelope } } });

test('@sigstore/verify accepts the checkpoint and reads it as we do', { skip }, () => {
  const { verifyCheckpoint, envelope, size, leaves } = load();
  const checkpoint = verifyCheckpoint(withEnvelope(envelope), [trustedLog()]);
  assert.equal(checkpoint.logSize, BigInt(size));
  assert.equal(leaves.length, size);
  assert.equal(checkpoint.logHash.toString('hex'), treeHash(leaves).toString('hex'));
});

test('@sigstore/verify accepts the previous checkpoint, when there is one', { skip }, () => {
  const file = directory && path.join(directory, 'previous-checkpoint');
  if (!existsSync(file)) return;
  const { verifyCheckpoint, leaves } = load();
  const checkpoint = verifyCheckpoint(withEnvelope(readFileSync(file, 'utf8')), [trustedLog()]);
  const root = treeHash(leaves.slice(0, Number(checkpoint.logSize)));
  assert.equal(checkpoint.logHash.toString('hex'), root.toString('hex'));
});

test('@sigstore/verify proves entries to be in the log', { skip }, () => {
  const { verifyTLogInclusion, size, proven } = load();
  for (const index of new Set([0, 1, size >> 1, size - 2, size - 1])) {
    if (index < 0 || index >= size) continue;
    verifyTLogInclusion(proven(index), [trustedLog()]);
    const edited = proven(index);
    edited.canonicalizedBody = Buffer.from(edited.canonicalizedBody);
    edited.canonicalizedBody[0] ^= 1;
    assert.throws(() => verifyTLogInclusion(edited, [trustedLog()]));
  }
});

test('@sigstore/verify refuses an edited body and another key', { skip }, () => {
  const { verifyCheckpoint, envelope } = load();
  const body = envelope.indexOf('\n\n');
  for (let at = 0; at < body; ++at) {
    const edited = envelope.slice(0, at) + (envelope[at] === 'A' ? 'B' : 'A') +
      envelope.slice(at + 1);
    assert.throws(() => verifyCheckpoint(withEnvelope(edited), [trustedLog()]), `byte ${at}`);
  }
  const other = { ...trustedLog(), logID: Buffer.from('00000000', 'hex') };
  assert.throws(() => verifyCheckpoint(withEnvelope(envelope), [other]));
});

test('openssl accepts the signature, and refuses it over another body', { skip }, () => {
  const envelope = readFileSync(path.join(directory, 'checkpoint'), 'utf8');
  const end = envelope.indexOf('\n\n') + 1;
  const signature = Buffer.from(envelope.slice(end).trim().split(' ')[2], 'base64').subarray(4);
  const scratch = cdp ? cdp.home : path.dirname(directory);
  const file = (name) => path.join(scratch, `openssl-${name}`);
  writeFileSync(file('key.pem'), trustedLog().publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(file('signature'), signature);
  const verify = (body) => {
    writeFileSync(file('body'), body);
    return spawnSync('openssl', ['pkeyutl', '-verify', '-pubin', '-inkey', file('key.pem'), '-rawin',
      '-in', file('body'), '-sigfile', file('signature')]).status;
  };
  assert.equal(verify(envelope.slice(0, end)), 0);
  assert.notEqual(verify(envelope.slice(0, end).replace(/\d/, (digit) => (digit === '1' ? '2' : '1'))), 0);
});

test('the tiles that are served are those of the log', { skip: skip || (given && 'only an export') }, async () => {
  const get = async (what) => {
    const answer = await fetch(`${cdp.url}/v1/audit/${what}`,
      { headers: { authorization: bearer(cdp.tokens.officer) } });
    assert.equal(answer.status, 200, what);
    return Buffer.from(await answer.arrayBuffer());
  };
  const { verifyCheckpoint, leaves } = load();
  const published = verifyCheckpoint(withEnvelope((await get('checkpoint')).toString()), [trustedLog()]);
  assert.ok(published.logSize >= BigInt(leaves.length));
  assert.deepEqual(await get('tile/0/000'), Buffer.concat(leaves.slice(0, 256)));
  assert.deepEqual(await get('tile/entries/000'),
    readFileSync(path.join(directory, 'tile/entries/000')));
});

test('cdp audit verify needs only the export, and refuses any edit of it', { skip: no_cdp }, () => {
  const verify = () => spawnSync(process.env.CDP_BINARY, ['audit', 'verify', directory]).status;
  assert.equal(verify(), 0);
  const files = execFileSync('find', [directory, '-type', 'f', '-not', '-name', 'README'])
    .toString().trim().split('\n');
  assert.ok(files.length >= 5);
  for (const name of files) {
    const bytes = readFileSync(name);
    const edited = Buffer.from(bytes);
    edited[edited.length >> 1] ^= 1;
    writeFileSync(name, edited);
    assert.notEqual(verify(), 0, path.relative(directory, name));
    writeFileSync(name, bytes);
  }
  assert.equal(verify(), 0);
});
