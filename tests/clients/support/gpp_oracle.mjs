// What the reference, npm @iabgpp/cmpapi, says of a GPP string, in the words of `cdp consent decode`;
// and GPP strings with every section, written by the reference's own encoder.
import {
  FibonacciIntegerEncoder, GppModel, HeaderV1, Sections, TcfCaV1CoreSegment,
  TcfCaV1DisclosedVendorsSegment,
} from '@iabgpp/cmpapi';

import {
  generated_tc, ranges, read_tc, segment_types, tcf_exception, tcf_in_our_words,
} from './tcf_oracle.mjs';

// The reference fills the memory with the ids of a range of a billion: no field holds a number above
// 16 bits, so it refuses them here before it starts.
const decode_fibonacci = FibonacciIntegerEncoder.decode;
FibonacciIntegerEncoder.decode = (bits) => {
  const value = decode_fibonacci(bits);
  if (value > 65535) throw new Error('a number above 16 bits');
  return value;
};

export const SECTION_NAMES = Sections.SECTION_ORDER;
const US = SECTION_NAMES.filter((name) => name.startsWith('us') && name !== 'uspv1');

const of_booleans = (list) => ranges(list.flatMap((on, i) => (on ? [i + 1] : [])));
const of_restrictions = (list) => list.map((one) => ({
  purpose: one.getKey(), type: one.getType(), vendors: ranges(one.getIds()),
}));

// Values as we write them: bit fields and id lists as ranges, dates as numbers, small lists as they are.
function plain(name, value) {
  if (value instanceof Date) return value.getTime();
  if (!Array.isArray(value)) return value;
  if (name.endsWith('Restrictions')) return of_restrictions(value);
  if (value.length > 0 && typeof value[0] === 'boolean') return of_booleans(value);
  return name.startsWith('Sensitive') || name.startsWith('KnownChild') ? value : ranges(value);
}

function us_value(model, name) {
  const value = { ...model.getSection(name) };
  if ('Gpc' in value && !model.getFieldValue(name, 'GpcSegmentIncluded')) {
    delete value.Gpc;
    delete value.GpcSegmentType;
  }
  if (['usin', 'usky', 'usri'].includes(name)
    && !model.getFieldValue(name, 'SensitiveDataConsentSegmentIncluded')) {
    delete value.SensitiveDataProcessing;
  }
  return value;
}

const CANADA_SEGMENTS = { 1: ['DisclosedVendors'], 3: ['PubPurposesExpressConsent', 'PubPurposesImpliedConsent',
  'NumCustomPurposes', 'CustomPurposesExpressConsent', 'CustomPurposesImpliedConsent'] };

function canada_value(model, text) {
  const all = model.getSection('tcfcav1');
  const types = segment_types(text);
  const value = {};
  for (const [field, one] of Object.entries(all)) {
    if (field.endsWith('SegmentType')) continue;
    const absent = Object.entries(CANADA_SEGMENTS)
      .some(([type, fields]) => fields.includes(field) && !types.includes(Number(type)));
    if (!absent) value[field] = plain(field, one);
  }
  return value;
}

// Why we refuse what the reference takes; null when there is no reason.
function exception(name, text, value) {
  if (name === 'uspv1') return /^1[YN-]{3}$/.test(text.split('.')[0]) ? null : 'USPV1_IS_A_1_AND_THREE_LETTERS';
  if (name === 'tcfcav1') {
    const types = segment_types(text);
    if (value.Version !== 1) return 'A_VERSION_NOBODY_DESCRIBED';
    if (types[0] !== 0) return 'THE_CORE_SEGMENT_COMES_FIRST';
    if (types.includes(-1)) return 'NO_SEGMENT_IS_EMPTY';
    if (new Set(types).size !== types.length) return 'A_SEGMENT_COMES_ONCE';
    const vendors = [value.VendorExpressConsent, value.VendorImpliedConsent, value.DisclosedVendors ?? []];
    if (vendors.flat(2).some((id) => id > 65535)) return 'NO_VENDOR_ABOVE_MAX_VENDOR_ID';
    return null;
  }
  if ('MspaVersion' in value) return null;
  return value.Version === 1 || (name === 'usnat' && value.Version === 2) ? null : 'A_VERSION_NOBODY_DESCRIBED';
}

// {value} or {refused: why}: why is "reference", or the name of an exception of ours.
function section_verdict(model, name, text) {
  let value;
  try {
    if (name === 'tcfcav1') value = canada_value(model, text);
    else if (name === 'tcfeuv2') value = model.getSection(name);
    else value = us_value(model, name);
  } catch {
    return { refused: 'reference' };
  }
  if (name === 'tcfeuv2') {
    // Two references, and both must take it: this one lets vendor 0, ranges that run backwards,
    // platform 0, other versions and missing restrictions through, which @iabtcf/core refuses.
    let tc;
    try { tc = read_tc(text); } catch { return { refused: 'THE_TCF_REFERENCE_REFUSES_IT' }; }
    const why = tcf_exception(text, tc);
    return why ? { refused: why } : { value: tcf_in_our_words(text, tc), second: europe_value(value) };
  }
  const why = exception(name, text, value);
  return why ? { refused: why } : { value };
}

// What this reference makes of a European section, as far as the two write the same.
function europe_value(all) {
  const value = {};
  for (const [field, one] of Object.entries(all)) {
    if (!field.endsWith('SegmentType')) value[field] = plain(field, one);
  }
  const merged = new Map();
  for (const { purpose, type, vendors } of value.PublisherRestrictions) {
    const key = purpose * 4 + type;
    const ids = vendors.flatMap((one) => (Array.isArray(one)
      ? Array.from({ length: one[1] - one[0] + 1 }, (_, i) => one[0] + i) : [one]));
    merged.set(key, [...(merged.get(key) ?? []), ...ids]);
  }
  value.PublisherRestrictions = [...merged].filter(([, ids]) => ids.length > 0)
    .sort(([a], [b]) => a - b)
    .map(([key, ids]) => ({ purpose: key >> 2, type: key & 3, vendors: ranges(ids) }));
  value.PublisherCountryCode = value.PublisherCountryCode.toUpperCase();
  return value;
}

// The reference's reading of the header; null when it refuses the string for its header or for the
// number of its sections.
function section_ids(text, parts) {
  try {
    new GppModel(text).getSectionIds();
  } catch {
    // For its header, or for one section: it says which only in words.
    try {
      const ids = new HeaderV1(parts[0]).getFieldValue('SectionIds');
      if (ids.length !== parts.length - 1 || parts.slice(1).some((part) => part.trim() === '')) return null;
      return ids;
    } catch {
      return null;
    }
  }
  return new HeaderV1(parts[0]).getFieldValue('SectionIds');
}

function alone(id, part) {
  const header = new HeaderV1();
  header.setFieldValue('SectionIds', [id]);
  return new GppModel(`${header.encode()}~${part}`);
}

// {refused: true} or {ids, sections: {name: verdict}}. Each section is judged alone: one that is
// broken shall not hide a no in another, where the reference may refuse the whole string.
export function gpp_verdict(text) {
  if (!text.startsWith('DB')) return { refused: true };  // '' and "C...": no sections for the reference
  const parts = text.split('~');
  const ids = section_ids(text, parts);
  if (ids === null) return { refused: true };
  const sections = {};
  ids.forEach((id, i) => {
    const name = Sections.SECTION_ID_NAME_MAP.get(id);
    if (name) sections[name] = section_verdict(alone(id, parts[i + 1]), name, parts[i + 1]);
  });
  return { ids, sections };
}

function fill_us(r, model, name) {
  const empty = new GppModel();
  empty.setFieldValue(name, 'SaleOptOut', 0);
  for (const [field, value] of Object.entries(empty.getSection(name))) {
    if (['Version', 'GpcSegmentType'].includes(field)) continue;
    if (field === 'MspaVersion') model.setFieldValue(name, field, r.between(1, 63));
    else if (field === 'Gpc') model.setFieldValue(name, field, r.chance(0.5));
    else if (Array.isArray(value)) model.setFieldValue(name, field, value.map(() => r.below(3)));
    else model.setFieldValue(name, field, field === 'MspaCoveredTransaction' ? r.between(1, 2) : r.below(3));
  }
  if (name === 'usnat' && r.chance(0.3)) model.setFieldValue(name, 'Version', 1);
  if (['usin', 'usky', 'usri'].includes(name)) {
    model.setFieldValue(name, 'SensitiveDataConsentSegmentIncluded', r.chance(0.5));
  } else if ('Gpc' in empty.getSection(name)) {
    model.setFieldValue(name, 'GpcSegmentIncluded', r.chance(0.5));
  }
}

function fill_canada(r, set) {
  set('CmpId', r.below(4096));
  set('CmpVersion', r.below(4096));
  set('ConsentScreen', r.below(64));
  set('ConsentLanguage', r.pick(['EN', 'FR']));
  set('VendorListVersion', r.below(4096));
  set('TcfPolicyVersion', r.below(64));
  set('UseNonStandardStacks', r.chance(0.5));
  set('SpecialFeatureExpressConsent', r.booleans(12));
  set('PurposesExpressConsent', r.booleans(24));
  set('PurposesImpliedConsent', r.booleans(24));
  set('VendorExpressConsent', r.ids());
  set('VendorImpliedConsent', r.ids());
  const date = new Date(r.between(0, 2 ** 31) * 1000);
  set('Created', date);
  set('LastUpdated', date);
}

function canada_section(r) {
  if (r.chance(0.3)) return legacy_canada(r);
  const model = new GppModel();
  const set = (field, value) => model.setFieldValue('tcfcav1', field, value);
  set('PubPurposesExpressConsent', r.booleans(24));
  set('PubPurposesImpliedConsent', r.booleans(24));
  const custom = r.pick([0, 1, 7, 63]);
  set('NumCustomPurposes', custom);
  set('CustomPurposesExpressConsent', r.booleans(custom));
  set('CustomPurposesImpliedConsent', r.booleans(custom));
  set('DisclosedVendors', r.pick([[], r.ids()]));
  fill_canada(r, set);
  return model.encodeSection('tcfcav1');
}

// As the reference's encoder wrote it before it learnt Fibonacci.
function legacy_canada(r) {
  const core = new TcfCaV1CoreSegment();
  core.fields = core.buildFields(true);
  fill_canada(r, (field, value) => core.setFieldValue(field, value));
  if (r.chance(0.5)) return core.encode();
  const disclosed = new TcfCaV1DisclosedVendorsSegment();
  disclosed.fields = disclosed.buildFields(true);
  disclosed.setFieldValue('DisclosedVendors', r.ids());
  return `${core.encode()}.${disclosed.encode()}`;
}

function europe_section(r) {
  if (r.chance(0.5)) return generated_tc(r);
  const model = new GppModel();
  const set = (field, value) => model.setFieldValue('tcfeuv2', field, value);
  set('CmpId', r.between(2, 4095));
  set('ConsentLanguage', r.pick(['EN', 'DE']));
  set('PublisherCountryCode', r.pick(['DE', 'FR']));
  set('PolicyVersion', r.below(64));
  set('PurposeConsents', r.booleans(24));
  set('PurposeLegitimateInterests', r.booleans(24));
  set('SpecialFeatureOptins', r.booleans(12));
  set('VendorConsents', r.ids());
  set('VendorLegitimateInterests', r.ids());
  set('VendorsDisclosed', r.ids());
  set('PublisherConsents', r.booleans(24));
  set('NumCustomPurposes', 3);
  set('PublisherCustomConsents', r.booleans(3));
  set('Created', new Date(r.between(0, 24_000) * 86_400_000));
  return model.encodeSection('tcfeuv2');
}

export function generated_gpp(r) {
  const model = new GppModel();
  const parts = {};
  for (const name of US) if (r.chance(r.pick([0.02, 0.1, 0.5]))) fill_us(r, model, name);
  if (r.chance(0.2)) {
    model.setFieldValue('uspv1', 'Notice', r.pick(['Y', 'N', '-']));
    model.setFieldValue('uspv1', 'OptOutSale', r.pick(['Y', 'N', '-']));
    model.setFieldValue('uspv1', 'LspaCovered', r.pick(['Y', 'N', '-']));
  }
  // A section of Europe or Canada: room in the header first, then the section in its place.
  if (r.chance(0.3)) { model.setFieldValue('tcfeuv2', 'CmpId', 2); parts[2] = europe_section(r); }
  if (r.chance(0.3)) { model.setFieldValue('tcfcav1', 'CmpId', 2); parts[5] = canada_section(r); }
  const ids = model.getSectionIds();
  const sections = model.encode().split('~');
  return sections.map((one, i) => (i > 0 && parts[ids[i - 1]]) || one).join('~');
}
