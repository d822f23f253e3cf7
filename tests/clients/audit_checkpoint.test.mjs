// Drives the unmodified npm package @sigstore/verify over a public audit export of ours: its
// checkpoint must be accepted, its entries must be proven, and edits of either must be refused.
//
//   CDP_AUDIT_EXPORT=<directory made by `cdp audit export`> node --test audit_checkpoint.test.mjs
//
// The package exports bundles only; the log verification that its bundle verifier calls is required
// by path. The Merkle proofs are computed here from the entry files alone, after RFC 6962 §2.1.
import assert from 'node:assert/strict';
import { createHash, createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import test from 'node:test';

const require = createRequire(import.meta.url);
const directory = process.env.CDP_AUDIT_EXPORT;
const skip = directory ? false : 'CDP_AUDIT_EXPORT names no export';

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
