// cdp's widget: asks the visitors of a shop's own site what may be done with data of this device.
//
//   <script src="https://privacy.shop.example/widget.js" data-key="WRITE KEY" defer></script>
//
// data-lang    "de": instead of the page's language
// data-auto    "no": do not ask by itself
// Any element with data-cdp-preferences opens it again; so does window.cdpPreferences.open().
// Any element with data-cdp-subscribe="PURPOSE" gets the form of our double opt-in, in the page's
// own style; data-form names it in the evidence.
//
// Nothing is stored and nothing is sent before an answer. The answer is kept on this device, sent to
// cdp, and told to Segment (context.consent) and to Google Consent Mode v2 if the site has them: a
// no at once, a yes when cdp has answered that it holds. Global Privacy Control is a no to sale and
// sharing from the moment the browser has it on, whatever was said before.
// No dependency, no inline style or script: a strict content security policy needs script-src and
// connect-src for this host, and nothing else.
(function () {
  'use strict';
  var tag = document.currentScript;
  if (!tag || !tag.dataset.key || window.cdpPreferences) return;
  var base = new URL(tag.src).origin;
  var url = base + '/v1/widget/' + encodeURIComponent(tag.dataset.key);
  var STORE = 'cdp_preferences';
  var asked = null;  // what the server asks
  var unreachable = false;
  var root = null;   // of the dialog

  var memory = null;  // where nothing can be stored: for this page
  function read() {
    try { return JSON.parse(memory || localStorage.getItem(STORE)) || {}; } catch (e) { return {}; }
  }
  function write(value) {
    var text = JSON.stringify(value);
    memory = text;
    try {
      localStorage.setItem(STORE, text);
      memory = null;
    } catch (e) {
      // No room beside what is kept: an answer of before must not outlive the one of now.
      try {
        localStorage.removeItem(STORE);
        localStorage.setItem(STORE, text);
        memory = null;
      } catch (again) { /* nothing can be stored: for this page, and asked again on the next */ }
    }
  }
  function random_id() {
    var bytes = crypto.getRandomValues(new Uint8Array(16)), out = '';
    for (var i = 0; i < bytes.length; i++) out += ('0' + bytes[i].toString(16)).slice(-2);
    return out;
  }
  // The device's name: Segment's if the site has it, so that both speak of one device.
  function device(kept) {
    var segment = window.analytics;
    try {
      var user = segment && typeof segment.user === 'function' && segment.user();
      var id = user && typeof user.anonymousId === 'function' && user.anonymousId();
      if (id) return String(id);
    } catch (e) { /* not loaded yet */ }
    return kept.device || random_id();
  }
  function gpc() { return navigator.globalPrivacyControl === true; }

  // What is kept: `choices`, purpose -> what holds (a yes only as cdp holds it; nothing while it
  // waits); `notices`, purpose -> version of the text that a yes was to; `blocked`, purpose -> a no
  // of before stands against a yes from here; `queue`, what cdp has not taken yet, oldest first.
  function state() {
    var kept = read();
    ['choices', 'notices', 'blocked'].forEach(function (name) { kept[name] = kept[name] || {}; });
    kept.queue = kept.queue || [];
    if (kept.version && !kept.answered) {
      // Kept by a widget that did not hear what cdp holds: its noes stand, its yeses are asked again.
      kept.answered = true;
      var noes = {};
      Object.keys(kept.choices).forEach(function (name) {
        if (kept.choices[name]) kept.notices[name] = ''; else noes[name] = false;
      });
      // What it could not send is sent now, as far as it was a no.
      if (kept.sent === false && kept.message && Object.keys(noes).length > 0) {
        kept.queue.push({ choices: noes, notices: {}, versions: {}, method: kept.method || 'save', message: kept.message });
      }
    }
    return kept;
  }
  function lapsed(kept, p) {
    var version = kept.notices[p.purpose];
    return version !== undefined && (!version || version < p.holds_since);
  }
  // What may be told to others: true, false, or nothing where nobody has said anything that holds.
  // Missing is not false: what is told as refused is a refusal, and needs better evidence to undo.
  function effective() {
    var kept = state(), out = {};
    asked.purposes.forEach(function (p) {
      var choice = kept.choices[p.purpose];
      if (p.sale_or_share && gpc() && kept.answered) choice = false;
      if (choice === true && lapsed(kept, p)) return;
      if (choice !== undefined) out[p.purpose] = choice;
    });
    return out;
  }

  // ---- telling others

  function categories(choices) {
    var out = {};
    asked.purposes.forEach(function (p) {
      if (p.purpose in choices)
        p.categories.forEach(function (name) { out[name] = choices[p.purpose]; });
    });
    return out;
  }
  function stamp_segment() {
    var segment = window.analytics;
    if (!segment || typeof segment.addSourceMiddleware !== 'function' || segment.cdp_stamped) return;
    segment.cdp_stamped = true;
    segment.addSourceMiddleware(function (step) {
      if (asked && state().answered) {
        step.payload.obj.context = step.payload.obj.context || {};
        step.payload.obj.context.consent = { categoryPreferences: categories(effective()) };
      }
      step.next(step.payload);
    });
  }
  function tell_segment(choices) {
    var segment = window.analytics;
    if (!segment || typeof segment.track !== 'function') return;
    stamp_segment();
    segment.track('Segment Consent Preference Updated', {},
      { consent: { categoryPreferences: categories(choices) } });
  }
  // https://developers.google.com/tag-platform/security/guides/consent: a type is granted when every
  // purpose that speaks for it is; the four of version 2 are always told.
  function tell_google(choices) {
    var state = {};
    asked.purposes.forEach(function (p) {
      p.google.forEach(function (type) {
        var yes = choices[p.purpose] === true && state[type] !== 'denied';
        state[type] = yes ? 'granted' : 'denied';
      });
    });
    ['ad_storage', 'ad_user_data', 'ad_personalization', 'analytics_storage'].forEach(function (type) {
      state[type] = state[type] || 'denied';
    });
    if (typeof window.gtag === 'function') return window.gtag('consent', 'update', state);
    window.dataLayer = window.dataLayer || [];
    (function () { window.dataLayer.push(arguments); })('consent', 'update', state);
  }
  function tell(is_update) {
    var choices = effective();
    if (is_update) tell_segment(choices);
    tell_google(choices);
    document.dispatchEvent(new CustomEvent('cdp:consent', { detail: { choices: choices } }));
  }

  // ---- sending

  function enqueue(kept, one) {
    one.message = random_id();
    one.language = asked.language;
    one.gpc = gpc();
    kept.queue.push(one);
    kept.sent = false;
  }
  // The oldest that waits, and then the next, each once a page. Whatever goes wrong, it waits for the
  // next page and holds up no other: a no is never given up. Never fails.
  var tried = {}, sending = null;
  function flush() {
    var kept = state();
    var one = kept.queue.filter(function (other) { return !tried[other.message]; })[0];
    if (sending || !one) return sending || Promise.resolve();
    tried[one.message] = true;
    sending = fetch(url, {
      method: 'POST', mode: 'cors', credentials: 'omit', keepalive: true,
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ anonymousId: kept.device, messageId: one.message, choices: one.choices,
        notices: one.notices, method: one.method, language: one.language, globalPrivacyControl: one.gpc })
    }).then(function (answer) {
      if (!answer.ok) throw new Error('cdp: ' + answer.status);
      return answer.json();
    }).then(function (body) {
      settle(one, body);
    }).catch(function () { /* on the next page */ }).then(function () {
      sending = null;
      return flush();
    });
    return sending;
  }
  var NOES = ['denied', 'withdrawn', 'objected', 'restricted', 'superseded_by_denial'];
  // What cdp answered becomes what holds here. What was said since, and waits, is not touched.
  function settle(one, body) {
    var kept = state(), unread = {}, blocked = [], holds = {};
    kept.queue = kept.queue.filter(function (other) { return other.message !== one.message; });
    kept.sent = kept.queue.length === 0;
    kept.heard = Date.now();
    body.left_out.forEach(function (out) { unread[out.purpose] = out.reason === 'notice_not_shown'; });
    body.holds.forEach(function (now) { holds[now.purpose] = now.allowed || now.reason; });
    // A no that stands is told as one; what lacks something else is told as nothing.
    function lacks(name) {
      if (NOES.indexOf(holds[name]) >= 0) { kept.choices[name] = false; delete kept.notices[name]; return; }
      delete kept.choices[name];
      kept.notices[name] = '';
    }
    asked.purposes.forEach(function (p) {
      var name = p.purpose, said = one.choices[name] === true;
      if (kept.queue.some(function (other) { return name in other.choices; })) return;
      if (said && unread[name] && holds[name] !== true) {
        kept.notices[name] = '';  // to a text that is not in force: asked again
      } else if (said && holds[name] === true) {
        kept.choices[name] = true;
        kept.notices[name] = one.versions[name];
      } else if (said) {
        lacks(name);
        kept.blocked[name] = true;
        blocked.push(p);
      } else if (kept.choices[name] === true && holds[name] !== true) {
        lacks(name);
      }
    });
    write(kept);
    tell(Object.keys(one.choices).some(function (name) { return one.choices[name]; }));
    if (blocked.length) open_note(blocked);
    if (Object.keys(unread).some(function (name) { return unread[name]; }))
      load().then(function () { ask_again(true); }).catch(function () { /* on the next page */ });
  }
  function answer(choices, method) {
    var kept = state(), one = { choices: choices, notices: {}, versions: {}, method: method }, any_no = false;
    kept.device = device(kept);
    kept.method = method;
    kept.answered = true;
    asked.purposes.forEach(function (p) {
      var name = p.purpose;
      if (!(name in choices)) return;
      delete kept.blocked[name];
      // Said anew: an older yes that waits shall not come after this.
      kept.queue.forEach(function (older) { if (older.choices[name]) delete older.choices[name]; });
      one.notices[name] = p.notice_hash;
      if (choices[name]) {
        one.versions[name] = p.notice_version;
        if (kept.choices[name] !== true || lapsed(kept, p)) delete kept.choices[name];
      } else {
        any_no = true;
        kept.choices[name] = false;
        delete kept.notices[name];
      }
    });
    note_gpc(kept);
    enqueue(kept, one);
    write(kept);
    tell(any_no);
    return flush();
  }
  // The signal is a no to what was allowed before, and stays one when it is gone. True when it is
  // news.
  function note_gpc(kept) {
    var news = gpc() && !kept.gpc;
    if (gpc()) asked.purposes.forEach(function (p) {
      if (!p.sale_or_share || kept.choices[p.purpose] === false) return;
      kept.choices[p.purpose] = false;
      delete kept.notices[p.purpose];
      news = true;
    });
    if (gpc()) kept.gpc = true;
    return news;
  }

  // ---- the dialog

  var STYLE = ':host{all:initial}' +
    'dialog{--ink:#1d1d1b;--card:#fff;--soft:#5c5a55;--line:#dcd8cf;--edge:#807c73;box-sizing:border-box;' +
    'position:fixed;inset:auto 0 0;z-index:2147483000;width:min(46rem,calc(100% - 2rem));max-height:calc(100% - 2rem);' +
    'overflow:auto;margin:1rem auto;padding:1.5rem;color:var(--ink);background:var(--card);border:1px solid var(--line);' +
    'border-radius:.75rem;box-shadow:0 1rem 3rem rgba(0,0,0,.22);font:1rem/1.55 system-ui,sans-serif;text-align:left}' +
    'dialog::backdrop{background:rgba(0,0,0,.35)}' +
    '@media (prefers-color-scheme:dark){dialog{--ink:#eceae4;--card:#1f211e;--soft:#b1aea5;--line:#383a35;--edge:#8d8b83}}' +
    'h2{margin:0 2.5rem .5rem 0;font:500 1.375rem/1.3 Georgia,"Noto Serif",serif}p{margin:0 0 1rem;color:var(--soft)}' +
    'button{min-height:2.75rem;padding:.5rem .75rem;font:600 1rem/1.3 system-ui,sans-serif;color:var(--ink);background:var(--card);' +
    'border:1px solid var(--edge);border-radius:.4375rem;cursor:pointer}button:hover{border-color:var(--ink);box-shadow:inset 0 0 0 1px var(--ink)}' +
    ':focus-visible{outline:3px solid #0b57d0;outline-offset:2px}@media (prefers-color-scheme:dark){:focus-visible{outline-color:#8ab4ff}}' +
    '.buttons{display:grid;grid-template-columns:repeat(auto-fit,minmax(6.25rem,1fr));gap:.75rem}' +
    'dialog:modal{scroll-padding-bottom:7rem}dialog:modal .buttons{position:sticky;bottom:-1.5rem;margin:0 -1.5rem -1.5rem;padding:1rem 1.5rem;background:var(--card);border-top:1px solid var(--line)}' +
    '@media (max-width:30rem){.buttons>:last-child{grid-column:1/-1}}h2:focus{outline:none}.row{display:grid;gap:0 1.5rem}@media (min-width:40rem){.row{grid-template-columns:1fr auto;align-items:start}}' +
    '.close{position:absolute;top:1rem;right:1rem;min-height:2.25rem;width:2.25rem;padding:0;border:0;font-size:1.25rem}' +
    'fieldset{margin:0;padding:1rem 0;border:0;border-top:1px solid var(--line)}legend{float:left;width:100%;padding:0;font-weight:600}' +
    'legend+*{clear:both}fieldset p{margin:0 0 .625rem;font-size:.9375rem}' +
    '.answer{display:grid;grid-template-columns:1fr 1fr;width:9.5rem;border:1px solid var(--edge);border-radius:.4375rem}' +
    'a{color:inherit}label{position:relative;cursor:pointer}label+label{border-left:1px solid var(--edge)}' +
    'input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:pointer}' +
    'label span{display:grid;place-items:center;min-height:2.5rem;font-weight:600;border-radius:.375rem}' +
    'input:checked+span{background:var(--ink);color:var(--card)}input:focus-visible+span{outline:3px solid #0b57d0;outline-offset:2px}' +
    '@media (forced-colors:active){input:checked+span{forced-color-adjust:none;background:Highlight;color:HighlightText}}';

  function el(name, text, attributes) {
    var out = document.createElement(name);
    if (text) out.textContent = text;
    Object.keys(attributes || {}).forEach(function (key) { out.setAttribute(key, attributes[key]); });
    return out;
  }
  function button(text, run) {
    var out = el('button', text, { type: 'button' });
    out.addEventListener('click', run);
    return out;
  }
  function host() {
    if (root) return root;
    var place = el('div', '', { 'data-cdp-widget': '' });
    root = place.attachShadow({ mode: 'open' });
    // Built, not inline: allowed by every content security policy.
    var sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    document.body.insertBefore(place, document.body.firstChild);  // first in the order of reading
    return root;
  }
  function all(value) {
    var choices = {};
    asked.purposes.forEach(function (p) {
      // A signal of the browser is not overruled by a button for everything, and has said no itself.
      if (!(value && p.sale_or_share && gpc())) choices[p.purpose] = value;
    });
    return choices;
  }
  function blocked_words(kind) {
    var words = el(kind, asked.texts.blocked + ' ');
    if (asked.centre) words.appendChild(el('a', asked.texts.reopen, { href: asked.centre + '?lang=' + asked.language }));
    return words;
  }
  function purpose_field(p, current, kept) {
    var field = el('fieldset');
    field.appendChild(el('legend', p.title));
    var row = el('div', '', { class: 'row' });
    var words = el('div');
    if (lapsed(kept, p) && !kept.blocked[p.purpose]) words.appendChild(el('p', asked.texts.changed));
    if (kept.blocked[p.purpose]) words.appendChild(blocked_words('p'));
    words.appendChild(el('p', p.why));
    if (p.collected) words.appendChild(el('p', asked.texts.collected + ': ' + p.collected));
    if (p.in_return) words.appendChild(el('p', asked.texts.in_return + ': ' + p.in_return));
    words.appendChild(el('p', asked.texts.recipients + ': ' + p.recipients));
    row.appendChild(words);
    var pair = el('div', '', { class: 'answer' });
    [['yes', true], ['no', false]].forEach(function (one) {
      var label = el('label');
      var input = el('input', '', { type: 'radio', name: p.purpose, value: one[0] });
      input.checked = current === one[1];
      label.appendChild(input);
      label.appendChild(el('span', asked.texts[one[0]]));
      pair.appendChild(label);
    });
    row.appendChild(pair);
    field.appendChild(row);
    return field;
  }
  function chosen(form, purposes, open_is_no) {
    var choices = {};
    purposes.forEach(function (p) {
      var input = form.querySelector('input[name="' + p.purpose + '"]:checked');
      if (input || open_is_no) choices[p.purpose] = !!input && input.value === 'yes';
    });
    return choices;
  }
  // An empty dialog in the place of whatever dialog there is; modal where the person asked for it.
  function new_dialog(title, modal) {
    var before = document.activeElement;
    var place = host();
    var old = place.querySelector('dialog');
    if (old) old.remove();
    var dialog = el('dialog', '', { 'aria-labelledby': 'title', lang: asked.language });
    // The dialog begins with its title, not with one of the answers.
    dialog.appendChild(el('h2', title, { id: 'title', tabindex: '-1', autofocus: '' }));
    function close() {
      if (modal) dialog.close();
      dialog.remove();
      if (modal && before && before.focus) before.focus();
    }
    function show() {
      var shut = button('×', close);
      shut.className = 'close';
      shut.setAttribute('aria-label', asked.texts.close);
      dialog.appendChild(shut);
      dialog.addEventListener('cancel', function (event) { event.preventDefault(); close(); });
      place.appendChild(dialog);
      // What nobody asked for leaves page and keyboard where they are; the details, which were asked
      // for, hold the keyboard until they are closed.
      if (modal) dialog.showModal(); else dialog.setAttribute('open', '');
    }
    return { dialog: dialog, close: close, show: show };
  }
  // `only`: the purposes that are asked again, each with its text; otherwise all.
  function open(detailed, only) {
    if (!asked) return load().then(function () { open(detailed); });
    var t = asked.texts, kept = state(), current = effective();
    var made = new_dialog(t.title, detailed), dialog = made.dialog;
    dialog.appendChild(el('p', t.lead));
    if (gpc()) dialog.appendChild(el('p', t.gpc));
    function done(choices, method) {
      made.close();
      answer(choices, method);
    }
    var form = el('form');
    form.addEventListener('submit', function (event) {
      event.preventDefault();
      var choices = chosen(form, only || asked.purposes, !only);
      if (Object.keys(choices).length) done(choices, 'save'); else made.close();
    });
    if (detailed || only) (only || asked.purposes).forEach(function (p) {
      form.appendChild(purpose_field(p, only ? undefined : current[p.purpose], kept));
    });
    var buttons = el('div', '', { class: 'buttons' });
    if (!only) {
      buttons.appendChild(button(t.accept, function () { done(all(true), 'accept'); }));
      buttons.appendChild(button(t.reject, function () { done(all(false), 'reject'); }));
    }
    buttons.appendChild(detailed || only ? el('button', t.save, { type: 'submit' })
      : button(t.choose, function () { made.close(); open(true); }));
    form.appendChild(buttons);
    dialog.appendChild(form);
    made.show();
  }
  // A yes that does not count here: what for, why, and where it can be given.
  function open_note(purposes) {
    var made = new_dialog(asked.texts.title, false);
    var list = el('ul');
    purposes.forEach(function (p) { list.appendChild(el('li', p.title)); });
    made.dialog.appendChild(list);
    made.dialog.appendChild(blocked_words('p'));
    made.show();
  }
  // By itself the widget asks what was never answered, and what was allowed under another text. A no
  // is not asked again (Cal. Civ. Code 1798.135(c)(4)): not as a whole, nor as sale.
  function to_ask() {
    var kept = state(), no_sale = gpc(), any_yes = !kept.answered;
    asked.purposes.forEach(function (p) {
      if (p.purpose in kept.notices) any_yes = true;
      if (p.sale_or_share && kept.choices[p.purpose] === false) no_sale = true;
    });
    return asked.purposes.filter(function (p) {
      if (kept.blocked[p.purpose] || kept.queue.some(function (one) { return p.purpose in one.choices; })) return false;
      if (lapsed(kept, p)) return true;
      return kept.choices[p.purpose] === undefined && any_yes && !(p.sale_or_share && no_sale && kept.answered);
    });
  }
  function ask_again(at_once) {
    var purposes = to_ask();
    if (!purposes.length || (tag.dataset.auto === 'no' && !at_once)) return;
    if (root && root.querySelector('dialog')) return;  // on the next page
    open(false, state().answered ? purposes : null);
  }

  // ---- the form of our double opt-in

  function subscribe_form(place) {
    var offer = (asked.subscribe || []).filter(function (p) { return p.purpose === place.dataset.cdpSubscribe; })[0];
    if (!offer || place.firstElementChild) return;
    var t = asked.texts, id = 'cdp-' + random_id();
    var form = el('form', '', { class: 'cdp-subscribe', lang: asked.language });
    form.appendChild(el('p', offer.why));
    form.appendChild(el('label', t.subscribe_email, { for: id }));
    var email = el('input', '', { id: id, type: 'email', name: 'email', required: '', maxlength: '254', autocomplete: 'email' });
    form.appendChild(email);
    // Hidden from people; programs fill it in.
    var trap = el('input', '', { name: 'website', tabindex: '-1', autocomplete: 'off', 'aria-hidden': 'true' });
    trap.style.position = 'absolute';
    trap.style.left = '-99rem';
    form.appendChild(trap);
    form.appendChild(el('button', t.subscribe_submit, { type: 'submit' }));
    var note = el('p', '', { role: 'status' });
    form.addEventListener('submit', function (event) {
      event.preventDefault();
      fetch(base + '/preferences/subscribe', {
        method: 'POST', mode: 'cors', credentials: 'omit', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: email.value, purpose: offer.purpose, lang: asked.language,
          form: place.dataset.form || 'widget', website: trap.value })
      }).then(function (answer) {
        if (!answer.ok) throw new Error('cdp: ' + answer.status);
        note.textContent = t.subscribe_sent;
        form.reset();
      }).catch(function () { note.textContent = t.subscribe_failed; });
    });
    place.appendChild(form);
    place.appendChild(note);
  }

  // ---- start

  function load() {
    var language = tag.dataset.lang || document.documentElement.lang.slice(0, 2);
    return fetch(url + (language ? '?lang=' + encodeURIComponent(language) : ''), { credentials: 'omit' })
      .then(function (answer) {
        if (!answer.ok) throw new Error('cdp: ' + answer.status);
        return answer.json();
      })
      .then(function (body) { asked = body; });
  }
  function start() {
    document.addEventListener('click', function (event) {
      var target = event.target.closest && event.target.closest('[data-cdp-preferences]');
      if (!target || unreachable) return;  // a link then leads where it leads
      event.preventDefault();
      open(true);
    });
    load().then(function () {
      stamp_segment();
      document.querySelectorAll('[data-cdp-subscribe]').forEach(subscribe_form);
      var kept = state();
      if (kept.answered) {
        // Once a day it asks what holds by now: a no may have been said elsewhere.
        var any_yes = Object.keys(kept.choices).some(function (name) { return kept.choices[name]; });
        var asks = kept.queue.some(function (one) { return Object.keys(one.choices).length === 0; });
        if (note_gpc(kept) || (any_yes && !asks && !(Date.now() - kept.heard < 86400000))) enqueue(kept, { choices: {}, notices: {}, versions: {}, method: 'save' });
        write(kept);
        tell(false);
        flush();
      }
      ask_again();
    }).catch(function () { unreachable = !asked; /* without an answer nothing is allowed */ });
  }
  window.cdpPreferences = {
    open: function () { return open(true); },
    choices: function () { return asked && state().answered ? effective() : null; }
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
