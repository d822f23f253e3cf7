// What the page does better with JavaScript: it says what is not saved yet, and takes a screen
// reader to what was just saved. Everything works without it.
(function () {
  'use strict';
  var flash = document.getElementById('flash');
  if (flash) flash.focus();

  var form = document.querySelector('form.purposes');
  var note = document.getElementById('unsaved');
  if (!form || !note) return;
  var quiet = note.textContent;

  function changes() {
    var names = {};
    form.querySelectorAll('input[type=radio]').forEach(function (radio) {
      if (radio.checked !== radio.defaultChecked) names[radio.name] = true;
    });
    return Object.keys(names).length;
  }
  function show() {
    var count = changes();
    note.textContent = count === 0 ? quiet
      : count === 1 ? form.dataset.one : form.dataset.many.replace('#', String(count));
    note.parentNode.classList.toggle('changed', count > 0);
  }
  form.addEventListener('change', show);
  // A browser may restore what was ticked before: the page says what is saved.
  window.addEventListener('pageshow', show);
})();
