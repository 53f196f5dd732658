/** Picks a page, writes as a customer, shows the answers. Plain HTML: it asks the control routes, and puts texts in as text. */
export const PICKER_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Providers on the desk</title>
<style>
  body { font: 16px/1.4 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
  form, .row { display: flex; gap: .5rem; margin: .5rem 0; flex-wrap: wrap }
  select, input, button { font: inherit; padding: .4rem .6rem }
  #text { flex: 1; min-width: 12rem }
  #talk { border: 1px solid #ccc; border-radius: .5rem; min-height: 18rem; padding: .75rem; display: flex; flex-direction: column; gap: .4rem }
  .said { max-width: 75%; padding: .4rem .7rem; border-radius: .8rem; background: #e7e7ea; white-space: pre-wrap; overflow-wrap: anywhere }
  .customer { align-self: flex-end; background: #cfe5ff }
  .said img { max-width: 12rem; display: block }
  small { color: #666; display: block }
</style>
</head>
<body>
<h1>Providers on the desk</h1>
<p>Messenger, WhatsApp and Zalo, played on this machine. Pick a page, write as a customer, and answer in Polydesk.</p>
<div class="row">
  <label>Page <select id="page"></select></label>
  <label>Customer <input id="customer" size="18"></label>
</div>
<small id="note"></small>
<div id="talk"></div>
<form id="form">
  <input id="text" placeholder="Write as the customer" autocomplete="off">
  <button>Send</button>
  <button type="button" id="picture">Send a picture</button>
</form>
<script>
const $ = (id) => document.getElementById(id);
const CUSTOMERS = { facebook: '7300112233445566', whatsapp: '84901234567', zalo: '5512345678901234567' };
let pages = [];
let shown = '';
let listed = '';

const page = () => pages[$('page').selectedIndex];
const path = (what) => '/control/' + what + '/' + page().platform + '/' + page().oaId + '/' + encodeURIComponent($('customer').value);
const post = (act, body) => fetch(path('customers') + '/' + act, {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body || {}) });

async function loadPages() {
  const text = await (await fetch('/control/pages')).text();
  if (text === listed) return;
  listed = text;
  const before = $('page').selectedIndex;
  pages = JSON.parse(text);
  $('page').replaceChildren(...pages.map(({ platform, name, oaId }) => new Option(platform + ': ' + name + ' (' + oaId + ')')));
  $('page').selectedIndex = Math.max(before, 0);
  showNote();
}

function showNote() {
  if (!page()) $('note').textContent = 'No page is here yet.';
  else if (page().isTold) $('note').textContent = '';
  else {
    const account = page().businessId ? ' Its business account: ' + page().businessId + '.' : '';
    $('note').textContent = 'Polydesk is not told of this page: connect it first.' + account + ' Its token: ' + page().accessToken;
  }
}

function bubble(entry) {
  const said = document.createElement('div');
  said.className = 'said ' + entry.from;
  said.textContent = entry.isDeleted ? '(deleted)' : entry.text || (entry.template ? 'Template ' + entry.template.name : '');
  for (const { type, url } of entry.attachments) {
    const sight = document.createElement(type === 'image' ? 'img' : 'a');
    if (type === 'image') sight.src = url;
    else { sight.href = url; sight.textContent = type; }
    said.append(sight);
  }
  for (const button of entry.from === 'page' ? entry.buttons : []) {
    const press = document.createElement('button');
    press.textContent = button.title;
    press.onclick = () => post('messages', { pressed: button }).then(look);
    said.append(press);
  }
  const reactions = Object.values(entry.reactions).join(' ');
  const small = document.createElement('small');
  small.textContent = new Date(entry.at).toLocaleTimeString() + (entry.edits ? ', edited ' : ' ') + reactions;
  said.append(small);
  return said;
}

async function look() {
  if (!page() || !$('customer').value) return;
  const asked = path('conversations');
  const text = await (await fetch(asked)).text();
  if (text === shown || asked !== path('conversations')) return;
  shown = text;
  const entries = JSON.parse(text);
  $('talk').replaceChildren(...entries.map(bubble));
  if (document.visibilityState === 'visible' && entries.some((e) => e.from === 'page' && e.status === 'delivered')) await post('read');
}

function pick() {
  if (page()) $('customer').value = CUSTOMERS[page().platform];
  shown = '';
  $('talk').replaceChildren();
  showNote();
  return look();
}

$('page').onchange = pick;
$('customer').onchange = () => { shown = ''; look(); };
$('form').onsubmit = (event) => {
  event.preventDefault();
  const text = $('text').value.trim();
  $('text').value = '';
  if (text) post('messages', { text }).then(look);
};
$('picture').onclick = () => post('messages', { attachments: [{ type: 'image' }] }).then(look);
loadPages().then(pick);
setInterval(look, 1000);
setInterval(loadPages, 5000);
</script>
</body>
</html>
`;
