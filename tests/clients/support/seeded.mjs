// Randomness that a test can repeat: mulberry32, by seed.
export class Seeded {
  constructor(seed) { this.state = seed >>> 0; }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  // 0 to n - 1.
  below(n) { return Math.floor(this.next() * n); }
  // Both ends included.
  between(from, to) { return from + this.below(to - from + 1); }
  chance(p) { return this.next() < p; }
  pick(list) { return list[this.below(list.length)]; }
  booleans(n) {
    const p = this.pick([0, 0.1, 0.5, 0.9, 1]);
    return Array.from({ length: n }, () => this.chance(p));
  }
  // Ids from 1, ascending: singles, runs, few or many, now and then very high ones.
  ids() {
    const ids = new Set();
    const top = this.chance(0.02) ? 65535 : this.pick([3, 12, 60, 300, 1200]);
    for (let runs = this.pick([0, 1, 1, 2, 5, 20, 60]); runs > 0; --runs) {
      const first = this.between(1, top);
      const last = Math.min(top, first + this.pick([0, 0, 0, 1, 2, 9, 40]));
      for (let id = first; id <= last; ++id) ids.add(id);
    }
    return [...ids].sort((a, b) => a - b);
  }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const OTHERS = ['.', '~', '=', '+', '/', '*', ' ', '"', '\u00e9', '-', 'Y', 'N', '1'];

function at(text, place, count, insert) {
  return text.slice(0, place) + insert + text.slice(place + count);
}

const CHANGES = [
  (r, s) => at(s, r.below(s.length), 1, r.pick(LETTERS)),
  (r, s) => {  // one bit of one letter
    const place = r.below(s.length);
    const value = LETTERS.indexOf(s[place]);
    return value < 0 ? s.slice(0, place) : at(s, place, 1, LETTERS[value ^ (1 << r.below(6))]);
  },
  (r, s) => at(s, r.below(s.length), 1, ''),
  (r, s) => at(s, r.below(s.length + 1), 0, r.pick(LETTERS)),
  (r, s) => at(s, r.below(s.length), r.below(2), r.pick(OTHERS)),
  (r, s) => s.slice(0, r.below(s.length) + 1),
  (r, s) => s + r.pick(['A', 'AAAA', '.', '~', '.QA', '.YAAA', '~BAAA', '__']),
  (r, s) => s.split('.').sort(() => r.next() - 0.5).join('.'),
  (r, s) => { const parts = s.split('.'); return [...parts, r.pick(parts)].join('.'); },
  (r, s) => { const parts = s.split('~'); parts.splice(r.below(parts.length), 1); return parts.join('~'); },
];

// `text`, changed once to three times; never with blanks at its ends.
export function mutant(r, text) {
  let changed = text;
  for (let times = r.between(1, 3); times > 0 && changed.length > 0; --times) {
    changed = r.pick(CHANGES)(r, changed);
  }
  return changed.trim();
}
