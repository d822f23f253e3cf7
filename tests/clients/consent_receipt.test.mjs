// A consent receipt of ours, proven by nothing of ours: Node's crypto (OpenSSL) for the JWS with
// detached payload (RFC 7515 appendix F, RFC 8037) and the signed note, SHA-256 and HMAC for the
// commitment and the RFC 6962 proof. Edits of any part must be refused; `cdp consent verify` must
// agree with all of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createHmac, createPublicKey, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { NEWSLETTER, PERSONALIZE, skip, startServer } from './support/server.mjs';

let cdp;
let receipt;
let person;

// RFC 8785 for what receipts hold: objects, arrays, strings, integers, booleans.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value && typeof value === 'object') {
    const members = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

// "name+hex8+base64(0x01 || key)" -> a key object.
function keyOf(vkey) {
  const raw = Buffer.from(vkey.split('+').slice(2).join('+'), 'base64').subarray(1);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), createHash('sha256')).digest();

// RFC 9162 §2.1.3.2.
function rootOf(index, size, leaf, proof) {
  let fn = BigInt(index);
  let sn = BigInt(size - 1);
  let r = leaf;
  for (const p of proof) {
    if (fn & 1n || fn === sn) {
      r = sha256(Buffer.of(1), p, r);
      while (!(fn & 1n) && fn !== 0n) { fn >>= 1n; sn >>= 1n; }
    } else {
      r = sha256(Buffer.of(1), r, p);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? r : null;
}

function holds({ jws, receipt: body }) {
  const [header, payload, signature] = jws.split('.');
  const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url'));
  const key = keyOf(kid);
  const signed = `${header}.${Buffer.from(canonical(body)).toString('base64url')}`;
  if (alg !== 'EdDSA' || payload !== '') return 'signature form';
  if (!verify(null, Buffer.from(signed), key, Buffer.from(signature, 'base64url'))) return 'signature';
  const entry = JSON.parse(body.log.entry);
  const hmac = createHmac('sha256', Buffer.from(body.nonce, 'hex')).update(canonical(body.record));
  if (hmac.digest('hex') !== entry.commitment) return 'commitment';
  const [note, signatures] = body.log.checkpoint.split('\n\n');
  const line = signatures.trim().split(' ').pop();
  if (!verify(null, Buffer.from(`${note}\n`), key, Buffer.from(line, 'base64').subarray(4))) return 'checkpoint';
  const [, size, root] = note.split('\n');
  const leaf = sha256(Buffer.of(0), Buffer.from(body.log.entry));
  const proof = body.log.proof.map((hash) => Buffer.from(hash, 'base64'));
  const computed = rootOf(body.log.index, Number(size), leaf, proof);
  return computed?.toString('base64') === root ? 'proven' : 'inclusion';
}

before(async () => {
  if (skip) return;
  cdp = await startServer();
  person = { type: 'email', value: 'ada@customers.example' };
  const others = Array.from({ length: 300 }, (_, i) => ({
    identifier: { type: 'email', value: `person-${i}@customers.example` },
    purpose: NEWSLETTER, choice: 'denied', message_id: `s${i}`,
  }));
  assert.equal((await cdp.consent({ statements: others })).status, 200);
  assert.equal((await cdp.consent({
    identifier: person, purpose: PERSONALIZE, choice: 'granted', method: 'form', place: 'checkout',
    notice_version: '2026-01', notice_language: 'fr', occurred_at: '2026-01-02T03:04:05Z',
  })).status, 200);
  const shown = await cdp.cli('consent', 'show', '--value', person.value);
  const [statement] = shown.history;
  receipt = await cdp.cli('consent', 'receipt', '--value', person.value, '--statement', statement.id);
});

after(async () => { await cdp?.stop(); });

test('a receipt is proven by software that we did not write', { skip }, () => {
  assert.equal(holds(receipt), 'proven');
  assert.equal(receipt.receipt.version, 'KI-CR-v1.1.0');
  assert.equal(receipt.receipt.notice.text.language, 'fr');
  assert.equal(sha256(canonical(receipt.receipt.notice.text)).toString('hex'), receipt.receipt.notice.sha256);
  assert.ok(!JSON.stringify(receipt).includes('ada@'));
});

test('every edit of a receipt is seen', { skip }, () => {
  const edited = (change) => {
    const copy = structuredClone(receipt);
    change(copy.receipt);
    return holds(copy);
  };
  assert.equal(edited((r) => { r.record.choice = 'denied'; }), 'signature');
  assert.equal(edited((r) => { r.consentTimestamp += 1; }), 'signature');
  assert.equal(edited((r) => { r.log.index += 1; }), 'signature');
});

// No directory, no server: the file alone.
const verified = (...args) => JSON.parse(execFileSync(process.env.CDP_BINARY, ['consent', 'verify', ...args, '--json'], { stdio: 'pipe' }));

test('cdp consent verify agrees', { skip }, () => {
  const file = path.join(cdp.home, 'receipt.json');
  writeFileSync(file, JSON.stringify(receipt, null, 2));
  const report = verified(file, '--key', receipt.receipt.log.key);
  assert.equal(report.verified, true);
  assert.equal(report.logged, true);
  assert.equal(report.key_was_given, true);
  const changed = structuredClone(receipt);
  changed.receipt.record.choice = 'denied';
  writeFileSync(file, JSON.stringify(changed));
  assert.throws(() => verified(file), /not what its key signed/);
});

// RFC 9162 §2.1.4.2: whether a log of `size` continues one of `old`.
function continues(old, size, old_root, root, proof) {
  if (old === size) return proof.length === 0 && old_root.equals(root);
  const path = [...proof];
  if (Number.isInteger(Math.log2(old))) path.unshift(old_root);
  let fn = BigInt(old - 1);
  let sn = BigInt(size - 1);
  while (fn & 1n) { fn >>= 1n; sn >>= 1n; }
  let [fr, sr] = [path[0], path[0]];
  for (const c of path.slice(1)) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      fr = sha256(Buffer.of(1), c, fr);
      sr = sha256(Buffer.of(1), c, sr);
      while (!(fn & 1n) && fn !== 0n) { fn >>= 1n; sn >>= 1n; }
    } else {
      sr = sha256(Buffer.of(1), sr, c);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && fr.equals(old_root) && sr.equals(root);
}

const head = (note) => {
  const [, size, root] = note.split('\n');
  return { size: Number(size), root: Buffer.from(root, 'base64') };
};

test('a log that grew still proves an older receipt, to others and to us', { skip }, async () => {
  const then = head(receipt.receipt.log.checkpoint);
  assert.equal((await cdp.consent({ identifier: person, purpose: PERSONALIZE, choice: 'denied', message_id: 'later' })).status, 200);
  const newest = (await cdp.cli('audit', 'checkpoint')).checkpoint;
  const now = head(newest);
  assert.ok(now.size > then.size);
  const { proof } = await cdp.cli('audit', 'proof', '--old', String(then.size));
  const [lines, note] = [proof.slice(0, proof.indexOf('\n\n')), proof.slice(proof.indexOf('\n\n') + 2)];
  assert.equal(lines.split('\n')[0], `old ${then.size}`);
  const hashes = lines.split('\n').slice(1).map((line) => Buffer.from(line, 'base64'));
  assert.equal(note, newest);
  assert.ok(continues(then.size, now.size, then.root, now.root, hashes));
  assert.ok(!continues(then.size, now.size, sha256('another past'), now.root, hashes));

  const at = (name, text) => {
    const file = path.join(cdp.home, name);
    writeFileSync(file, text);
    return file;
  };
  const paper = at('receipt.json', JSON.stringify(receipt));
  const checkpoint = at('checkpoint', newest);
  const report = verified(paper, '--checkpoint', checkpoint, '--proof', at('proof', proof));
  assert.deepEqual([report.verified, report.log, report.checkpoint_was_given], [true, 'committed', true]);
  assert.equal(verified(paper, '--checkpoint', at('both', proof)).verified, true);
  assert.throws(() => verified(paper, '--checkpoint', checkpoint), new RegExp(`audit proof --old ${then.size} --new ${now.size}`));
  hashes[0] = sha256('made up');
  const forged = ['old ' + then.size, ...hashes.map((hash) => hash.toString('base64')), '', ''].join('\n');
  assert.throws(() => verified(paper, '--checkpoint', checkpoint, '--proof', at('forged', forged)), /does not continue/);
});

test('an export is held against a checkpoint that was kept', { skip }, async () => {
  const kept = path.join(cdp.home, 'kept');
  writeFileSync(kept, (await cdp.cli('audit', 'checkpoint')).checkpoint);
  const out = path.join(cdp.home, 'log');
  await cdp.cli('audit', 'export', out);  // itself an entry: the log grew
  const verify_export = (...args) => JSON.parse(execFileSync(process.env.CDP_BINARY, ['audit', 'verify', out, ...args, '--json'], { stdio: 'pipe' }));
  const report = verify_export('--checkpoint', kept);
  assert.deepEqual([report.verified, report.checkpoint_was_given], [true, true]);
  const other = await startServer();
  try {
    writeFileSync(kept, (await other.cli('audit', 'checkpoint')).checkpoint);
  } finally {
    await other.stop();
  }
  assert.throws(() => verify_export('--checkpoint', kept));
});
