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
// cdp, and told to Segment (context.consent) and to Google Consent Mode v2 if the site has them.
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
  var root = null;   // of the dialog

  function read() {
    try { return JSON.parse(localStorage.getItem(STORE)) || {}; } catch (e) { return {}; }
  }
  function write(value) {
    try { localStorage.setItem(STORE, JSON.stringify(value)); } catch (e) { /* private mode */ }
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
      if (user && typeof user.anonymousId === 'function') return String(user.anonymousId());
    } catch (e) { /* not loaded yet */ }
    return kept.device || random_id();
  }
  // An answer holds while the texts are those that were read.
  function version() {
    return asked.purposes.map(function (p) { return p.purpose + '=' + p.notice_version; }).join('|');
  }
  function gpc() { return navigator.globalPrivacyControl === true; }

  // ---- telling others

  function categories(choices) {
    var out = {};
    asked.purposes.forEach(function (p) {
      p.categories.forEach(function (name) { out[name] = choices[p.purpose] === true; });
    });
    return out;
  }
  function stamp_segment() {
    var segment = window.analytics;
    if (!segment || typeof segment.addSourceMiddleware !== 'function' || segment.cdp_stamped) return;
    segment.cdp_stamped = true;
    segment.addSourceMiddleware(function (step) {
      var choices = read().choices;
      if (choices && asked) {
        step.payload.obj.context = step.payload.obj.context || {};
        step.payload.obj.context.consent = { categoryPreferences: categories(choices) };
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
  function tell(choices) {
    tell_segment(choices);
    tell_google(choices);
    document.dispatchEvent(new CustomEvent('cdp:consent', { detail: { choices: choices } }));
  }

  // ---- sending

  function send(kept) {
    return fetch(url, {
      method: 'POST', mode: 'cors', credentials: 'omit', keepalive: true,
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ anonymousId: kept.device, messageId: kept.message, choices: kept.choices,
        method: kept.method, language: asked.language })
    }).then(function (answer) {
      if (!answer.ok && answer.status >= 500 || answer.status === 429) throw new Error('again');
      kept.sent = true;
      write(kept);
    });
  }
  function answer(choices, method) {
    var kept = read();
    kept = { device: device(kept), message: random_id(), choices: choices, method: method,
      version: version(), sent: false };
    write(kept);
    tell(choices);
    return send(kept);
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
    'label{position:relative;cursor:pointer}label+label{border-left:1px solid var(--edge)}' +
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
      // A signal of the browser is not overruled by a button for everything.
      choices[p.purpose] = value && !(p.sale_or_share && gpc());
    });
    return choices;
  }
  function purpose_field(p, current) {
    var field = el('fieldset');
    field.appendChild(el('legend', p.title));
    var row = el('div', '', { class: 'row' });
    var words = el('div');
    words.appendChild(el('p', p.why));
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
  function chosen(form) {
    var choices = {};
    asked.purposes.forEach(function (p) {
      var input = form.querySelector('input[name="' + p.purpose + '"]:checked');
      choices[p.purpose] = !!input && input.value === 'yes';  // open is no
    });
    return choices;
  }
  function open(detailed) {
    if (!asked) return load().then(function () { open(detailed); });
    var before = document.activeElement;
    var place = host();
    var old = place.querySelector('dialog');
    if (old) old.remove();
    var t = asked.texts, current = read().choices || {};
    var dialog = el('dialog', '', { 'aria-labelledby': 'title', lang: asked.language });
    // The dialog begins with its title, not with one of the answers.
    dialog.appendChild(el('h2', t.title, { id: 'title', tabindex: '-1', autofocus: '' }));
    dialog.appendChild(el('p', t.lead));
    if (gpc()) dialog.appendChild(el('p', t.gpc));
    function close() {
      if (detailed) dialog.close();
      dialog.remove();
      if (detailed && before && before.focus) before.focus();
    }
    function done(choices, method) {
      close();
      answer(choices, method).catch(function () { /* sent again on the next page */ });
    }
    var form = el('form');
    form.addEventListener('submit', function (event) {
      event.preventDefault();
      done(chosen(form), 'save');
    });
    if (detailed) asked.purposes.forEach(function (p) {
      form.appendChild(purpose_field(p, current[p.purpose]));
    });
    var buttons = el('div', '', { class: 'buttons' });
    buttons.appendChild(button(t.accept, function () { done(all(true), 'accept'); }));
    buttons.appendChild(button(t.reject, function () { done(all(false), 'reject'); }));
    buttons.appendChild(detailed ? el('button', t.save, { type: 'submit' })
      : button(t.choose, function () { close(); open(true); }));
    form.appendChild(buttons);
    dialog.appendChild(form);
    var shut = button('×', close);
    shut.className = 'close';
    shut.setAttribute('aria-label', t.close);
    dialog.appendChild(shut);
    dialog.addEventListener('cancel', function (event) { event.preventDefault(); close(); });
    place.appendChild(dialog);
    // The first question leaves page and keyboard where they are; the details, which were asked for,
    // hold the keyboard until they are closed.
    if (detailed) dialog.showModal(); else dialog.setAttribute('open', '');
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
      if (!target) return;
      event.preventDefault();
      open(true);
    });
    load().then(function () {
      stamp_segment();
      document.querySelectorAll('[data-cdp-subscribe]').forEach(subscribe_form);
      var kept = read();
      if (kept.choices && kept.version === version()) {
        tell_google(kept.choices);
        if (!kept.sent) send(kept).catch(function () {});
      } else if (tag.dataset.auto !== 'no') {
        open(false);
      }
    }).catch(function () { /* without an answer nothing is allowed */ });
  }
  window.cdpPreferences = {
    open: function () { return open(true); },
    choices: function () { return read().choices || null; }
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
