// What the reference, npm @iabtcf/core, says of a TC string, in the words of `cdp consent decode`;
// and TC strings of every shape, written by the reference's own encoder.
import {
  PurposeRestriction, PurposeRestrictionVector, Segment, SegmentEncoder, TCModel, TCString,
} from '@iabtcf/core';

// The reference keeps restricted vendors in an unbalanced tree, quadratic in the length of a range:
// minutes for a mutant that names them all. A set in its place; nothing of the decoding is changed.
PurposeRestrictionVector.prototype.add = function add(vendorId, restriction) {
  const { hash } = restriction;
  if (!this.map.has(hash)) {
    const vendors = new Set();
    this.map.set(hash, { add: (id) => vendors.add(id), get: () => [...vendors].sort((a, b) => a - b) });
  }
  this.map.get(hash).add(vendorId);
};

// [1,2,3,7] -> [[1,3],7]
export function ranges(ids) {
  const out = [];
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) {
    const last = out.at(-1);
    if (last && last[1] + 1 === id) last[1] = id;
    else out.push([id, id]);
  }
  return out.map(([first, last]) => (first === last ? first : [first, last]));
}

const of_vector = (vector) => ranges(vector.values());

export function segment_types(text) {
  const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.split('.').map((segment) => LETTERS.indexOf(segment.charAt(0)) >> 3);
}

// Why we refuse what the reference takes; null when there is no reason.
export function tcf_exception(text, model) {
  const types = segment_types(text);
  if (model.version === 1) return 'VERSION_1_ENDED_IN_2020';
  if (types[0] !== 0) return 'THE_CORE_SEGMENT_COMES_FIRST';
  if (new Set(types).size !== types.length) return 'A_SEGMENT_COMES_ONCE';
  return null;
}

// The reference's model; throws when it refuses.
export const read_tc = (text) => TCString.decode(text);

function restrictions_of(vector) {
  return vector.getRestrictions()
    .map((one) => ({
      purpose: one.purposeId, type: one.restrictionType, vendors: ranges(vector.getVendors(one)),
    }))
    .sort((a, b) => a.purpose - b.purpose || a.type - b.type);
}

export function tcf_in_our_words(text, model) {
  const types = segment_types(text);
  return {
    Version: model.version,
    Created: model.created.getTime(),
    LastUpdated: model.lastUpdated.getTime(),
    CmpId: model.cmpId,
    CmpVersion: model.cmpVersion,
    ConsentScreen: model.consentScreen,
    ConsentLanguage: model.consentLanguage,
    VendorListVersion: model.vendorListVersion,
    PolicyVersion: model.policyVersion,
    IsServiceSpecific: model.isServiceSpecific,
    UseNonStandardStacks: model.useNonStandardStacks,
    SpecialFeatureOptins: of_vector(model.specialFeatureOptins),
    PurposeConsents: of_vector(model.purposeConsents),
    PurposeLegitimateInterests: of_vector(model.purposeLegitimateInterests),
    PurposeOneTreatment: model.purposeOneTreatment,
    PublisherCountryCode: model.publisherCountryCode,
    VendorConsents: of_vector(model.vendorConsents),
    VendorLegitimateInterests: of_vector(model.vendorLegitimateInterests),
    PublisherRestrictions: restrictions_of(model.publisherRestrictions),
    ...(types.includes(3) && {
      PublisherConsents: of_vector(model.publisherConsents),
      PublisherLegitimateInterests: of_vector(model.publisherLegitimateInterests),
      NumCustomPurposes: model.numCustomPurposes,
      PublisherCustomConsents: of_vector(model.publisherCustomConsents),
      PublisherCustomLegitimateInterests: of_vector(model.publisherCustomLegitimateInterests),
    }),
    ...(types.includes(2) && { VendorsAllowed: of_vector(model.vendorsAllowed) }),
    ...(types.includes(1) && { VendorsDisclosed: of_vector(model.vendorsDisclosed) }),
  };
}

// Our times as the reference has them.
export function with_times(value) {
  if (!value?.Created) return value;
  return { ...value, Created: Date.parse(value.Created), LastUpdated: Date.parse(value.LastUpdated) };
}

const letters = (r) => r.pick(['EN', 'DE', 'FR', 'ES', 'PT', 'ZZ', 'AA']);

const EVERY_VENDOR = { vendorIds: new Set(Array.from({ length: 65535 }, (_, i) => i + 1)) };

function restrict(r, model) {
  const vector = model.publisherRestrictions;
  vector.gvl = EVERY_VENDOR;
  for (let count = r.pick([0, 0, 1, 3, 8]); count > 0; --count) {
    const restriction = new PurposeRestriction(r.between(1, 24), r.below(3));
    for (const id of r.ids()) vector.add(id, restriction);
  }
}

export function generated_tc(r) {
  const model = new TCModel();
  model.created = new Date(r.between(0, 2 ** 31) * 1000 + r.below(10) * 100);
  model.lastUpdated = new Date(r.between(0, 2 ** 31) * 1000);
  model.cmpId = r.between(2, 4095);
  model.cmpVersion = r.below(4096);
  model.consentScreen = r.below(64);
  model.consentLanguage = letters(r);
  model.vendorListVersion = r.below(4096);
  model.policyVersion = r.pick([2, 3, 4, 5, r.below(64)]);
  model.isServiceSpecific = r.chance(0.5);
  model.useNonStandardStacks = r.chance(0.5);
  model.purposeOneTreatment = r.chance(0.5);
  model.publisherCountryCode = letters(r);
  model.numCustomPurposes = r.pick([0, 1, 5, 63]);
  const set = (vector, n) => r.booleans(n).forEach((on, i) => { if (on) vector.set(i + 1); });
  set(model.specialFeatureOptins, 12);
  for (const name of ['purposeConsents', 'purposeLegitimateInterests', 'publisherConsents',
    'publisherLegitimateInterests']) set(model[name], 24);
  set(model.publisherCustomConsents, model.numCustomPurposes);
  set(model.publisherCustomLegitimateInterests, model.numCustomPurposes);
  for (const name of ['vendorConsents', 'vendorLegitimateInterests', 'vendorsDisclosed',
    'vendorsAllowed']) model[name].set(r.ids());
  restrict(r, model);
  const segments = [Segment.CORE, ...[Segment.VENDORS_DISCLOSED, Segment.VENDORS_ALLOWED,
    Segment.PUBLISHER_TC].filter(() => r.chance(0.5)).sort(() => r.next() - 0.5)];
  return segments.map((segment) => SegmentEncoder.encode(model, segment)).join('.');
}
