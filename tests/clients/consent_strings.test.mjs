// `cdp consent decode` against the references of the IAB, npm @iabtcf/core and @iabgpp/cmpapi: the
// same value for every string their encoders write, and for mutants of them the same value or the
// same refusal. Where we refuse what a reference takes, the reason has a name in the two oracles.
// Seeded: every run sees the same strings.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';

import { generated_gpp, gpp_verdict } from './support/gpp_oracle.mjs';
import { mutant, Seeded } from './support/seeded.mjs';
import { skip } from './support/server.mjs';
import { generated_tc, read_tc, tcf_exception, tcf_in_our_words, with_times } from './support/tcf_oracle.mjs';

const GENERATED = 10_000;
const MUTANTS_EACH = 2;

// One answer of ours for each string.
function decode(strings) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.env.CDP_BINARY, ['consent', 'decode', '--json'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', () => {
      const lines = Buffer.concat(chunks).toString().trimEnd().split('\n');
      assert.equal(lines.length, strings.length);
      resolve(lines.map((line) => JSON.parse(line)));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(strings.join('\n') + '\n');
  });
}

function strings_of(generate, seed) {
  const r = new Seeded(seed);
  const generated = Array.from({ length: GENERATED }, () => generate(r));
  const mutants = generated.flatMap((text) => Array.from({ length: MUTANTS_EACH }, () => mutant(r, text)))
    .filter((text) => text.length > 0);
  return { generated, mutants };
}

const tally = (counts, name) => counts.set(name, (counts.get(name) ?? 0) + 1);

function judge_tcf(text, answer, counts) {
  let model;
  try { model = read_tc(text); } catch { model = null; }
  const why = model === null ? 'refused by both' : tcf_exception(text, model);
  tally(counts, why ?? 'same value');
  if (why !== null) return assert.ok(answer.error, `${why}: ${text}`);
  assert.equal(answer.kind, 'tcf', text);
  assert.deepEqual(with_times(answer.value), tcf_in_our_words(text, model), text);
}

test('TC strings mean what @iabtcf/core says', { skip }, async () => {
  const { generated, mutants } = strings_of(generated_tc, 20261122);
  const answers = await decode([...generated, ...mutants]);
  const counts = new Map();
  generated.forEach((text, i) => judge_tcf(text, answers[i], counts));
  assert.equal(counts.get('same value'), GENERATED);
  const of_mutants = new Map();
  mutants.forEach((text, i) => judge_tcf(text, answers[GENERATED + i], of_mutants));
  console.log('TC mutants:', Object.fromEntries(of_mutants));
  assert.ok(of_mutants.get('same value') > 1000);
  assert.ok(of_mutants.get('refused by both') > 1000);
});

function judge_section(name, verdict, ours, text, counts) {
  tally(counts, verdict.refused ?? 'same value');
  if (verdict.refused) return assert.equal(ours, null, `${name} ${verdict.refused}: ${text}`);
  assert.deepEqual(with_times(ours), verdict.value, `${name}: ${text}`);
  if (!verdict.second) return undefined;
  // The second reference on the same section, where languages and countries are letters.
  const { second } = verdict;
  if (/^[A-Z]{2}$/.test(ours.ConsentLanguage + '') && /^[A-Z]{2}$/.test(ours.PublisherCountryCode)) {
    const shared = Object.fromEntries(Object.keys(ours).map((field) => [field, second[field]]));
    assert.deepEqual(with_times(ours), shared, `${name}, second reference: ${text}`);
  }
  return undefined;
}

function judge_gpp(text, answer, counts) {
  const verdict = gpp_verdict(text);
  if (verdict.refused) {
    tally(counts, 'refused by both');
    return assert.notEqual(answer.kind, 'gpp', text);  // what lost its header may be a TC string
  }
  assert.equal(answer.kind, 'gpp', text);
  const { SectionIds: ids, ...sections } = answer.value;
  assert.deepEqual(ids, verdict.ids, text);
  assert.deepEqual(Object.keys(sections), Object.keys(verdict.sections), text);
  for (const [name, one] of Object.entries(verdict.sections)) judge_section(name, one, sections[name], text, counts);
  return undefined;
}

test('GPP strings mean what @iabgpp/cmpapi says, section by section', { skip }, async () => {
  const { generated, mutants } = strings_of(generated_gpp, 20261123);
  const answers = await decode([...generated, ...mutants]);
  const counts = new Map();
  generated.forEach((text, i) => judge_gpp(text, answers[i], counts));
  assert.deepEqual([...counts.keys()], ['same value']);
  const of_mutants = new Map();
  mutants.forEach((text, i) => judge_gpp(text, answers[GENERATED + i], of_mutants));
  console.log('GPP mutants, by section:', Object.fromEntries(of_mutants));
  assert.ok(of_mutants.get('same value') > 1000);
  assert.ok(of_mutants.get('reference') > 100);
});
