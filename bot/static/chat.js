// The web chat page: shows the conversation and talks the JSON contract of /chat.
// One file without a library, so that an old phone makes one small request. No lookbehind in
// patterns: older Safari would refuse the whole file.

/* ------------------------------------------------------------------ what the page says itself */

const WORDS = {
  you: "You said: ",
  service: "Front Door said: ",
  choices: "Answers to choose from",
  newTab: " (opens in a new tab)",
  writing: "Front Door is writing",
  sending: "Sending",
  paused: "Waiting a moment, then sending",
  again: "Sending again soon",
  sent: "Sent",
  failed: "Not sent. Please check your signal.",
  tryAgain: "Try again",
  refused: "Not sent.",
  photoLost: "Not sent. Please add the photo again.",
  empty: "Please type a message first.",
  tooLong: (over) => `Your message is ${over} ${over === 1 ? "letter" : "letters"} too long. Please send it in two parts.`,
  place: "My location",
  placeAsking: "Finding where you are. Your phone or browser may ask if that is all right.",
  placeRefused: "Your location was not shared. You can type a street, a place or a postcode instead.",
  placeFailed: "We could not find where you are. You can type a street, a place or a postcode instead.",
  placeMissing: "Your browser cannot share your location here. You can type a street, a place or a postcode instead.",
  photo: "Photo",
  photoAlt: "The photo you added",
  photoTooBig: "That photo is bigger than 10 MB. Please choose a smaller one, or describe what it shows.",
  photoEmpty: "That photo is empty. Please choose another one.",
  photoKind: "That is not a photo. Please choose a picture.",
  link: "Opened from a link",
  closed: "This chat was closed because it was idle. Start a new chat?",
  closedGo: "Start a new chat",
  unopened: "We could not open the chat. Please check your signal. If it cannot wait, call 101. In an emergency, call 999.",
  cleared: "The chat was cleared. This is a new one.",
  fresh: "A new chat starts here",
  kept: "Your last words were not sent. They are in the box, ready to send.",
  escape: (left) => `Press Escape ${left === 1 ? "once more" : "two more times"} to leave this page.`,
};

const LEAVE_TO = "https://www.bbc.co.uk/weather";
const MAX_CHARACTERS = 4000;
const MAX_PHOTO_BYTES = 10 * 1024 * 1024;
const BACKOFF_SECONDS = [1, 2, 4, 8];
const MAX_PAUSES = 10; // times a 429 is waited for before the person is asked
const POLL_SECONDS = { visible: 15, hidden: 60 };
const ANSWER_SECONDS = 45;
const PHOTO_SECONDS = 180;
const WRITING_AFTER_MS = 500; // a quick answer is not announced as being written
const KEPT_ENTRIES = 300;

const at = (id) => document.getElementById(id);
const [log, messages, box, notice, waiting, form] = ["log", "messages", "text", "notice", "waiting", "form"].map(at);

/* ------------------------------------------------------------------ what is remembered, in this tab only */

const STORE = "frontdoor.chat";
const DRAFT = "frontdoor.draft";
let left = false; // the person has left quickly: nothing may be written any more

/** state.log holds entries: {who: "service"|"me"|"line", text, buttons?, id?, send?, status?, detail?}. */
let state = empty();

function empty() {
  return { token: null, cursor: 0, seen: [], log: [], closed: false };
}

function save() {
  if (left) return;
  state.log = state.log.slice(-KEPT_ENTRIES);
  state.seen = state.seen.slice(-KEPT_ENTRIES);
  try {
    sessionStorage.setItem(STORE, JSON.stringify(state));
  } catch { /* storage is off or full: the chat works, a reload forgets it */ }
}

function saveDraft() {
  if (left) return;
  try {
    sessionStorage.setItem(DRAFT, box.value);
  } catch { /* as above */ }
}

function restore() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(STORE));
    if (kept && Array.isArray(kept.log)) state = { ...empty(), ...kept };
    box.value = sessionStorage.getItem(DRAFT) || box.value;
  } catch { /* nothing kept that can be read */ }
}

function wipe() {
  try {
    sessionStorage.clear();
  } catch { /* there was no storage to wipe */ }
}

/** A random UUID; randomUUID itself is missing on plain http, as on a LAN address. */
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/* ------------------------------------------------------------------ words to page, as text alone */

const LINK = /https?:\/\/[^\s<>"']+|(?:\+44[ \u00a0-]?(?:\(0\)[ \u00a0-]?)?|0)\d(?:\)?[ \u00a0-]?\d){8,9}|\b(?:call|ring|phone|dial)\s+(?:1(?:01|05|11|12)|116[ \u00a0-]?(?:123|111|000))\b|999/gi;

/** Pieces of a text: strings, and {href, text} for http(s) addresses and UK telephone numbers. */
function pieces(text) {
  const found = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const piece = toLink(match[0], text[match.index - 1] || "", text[match.index + match[0].length] || "");
    if (!piece) continue;
    const start = match.index + piece.skip;
    found.push(text.slice(from, start), { href: piece.href, text: piece.text });
    from = start + piece.text.length;
  }
  found.push(text.slice(from));
  return found.filter((piece) => piece !== "");
}

function toLink(found, before, after) {
  if (/^http/i.test(found)) {
    const text = found.replace(/[.,;:!?\u2026]+$/, "").replace(/^([^(]*)\)+$/, "$1").replace(/[.,;:!?]+$/, "");
    try {
      const { protocol, href } = new URL(text);
      return protocol === "http:" || protocol === "https:" ? { href, text, skip: 0 } : null;
    } catch {
      return null;
    }
  }
  if (/[\w£+/.-]/.test(before) || /[\w/%]/.test(after)) return null; // part of a longer word, sum or date
  const skip = found.search(/[+\d]/);
  const text = found.slice(skip);
  const digits = text.replace("(0)", "").replace(/[^\d+]/g, "");
  const isShort = digits.length === 3 || digits.startsWith("116");
  const isFull = /^(?:\+44[1-9]\d{8,9}|0[1-9]\d{8,9})$/.test(digits);
  return isShort || isFull ? { href: `tel:${digits}`, text, skip } : null;
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(className, text, onPress) {
  const made = element("button", className, text);
  made.type = "button";
  made.dir = "auto";
  made.addEventListener("click", onPress);
  return made;
}

function fillSaid(said, text, withLinks) {
  for (const piece of withLinks ? pieces(text) : [text]) {
    if (typeof piece === "string") {
      said.append(piece);
      continue;
    }
    const link = element("a", "", piece.text);
    link.href = piece.href;
    if (!piece.href.startsWith("tel:")) {
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      link.append(element("span", "unseen", WORDS.newTab));
    }
    said.append(link);
  }
}

/* ------------------------------------------------------------------ the list of messages */

const items = new Map(); // entry -> its <li>
const photos = new Map(); // entry -> the File to send; a reload loses it

function show(entry) {
  const item = element("li", { service: "theirs", me: "mine", line: "line" }[entry.who]);
  item.tabIndex = -1;
  if (entry.who === "line") {
    item.textContent = entry.text;
  } else {
    if (entry.who === "service" && messages.lastElementChild?.className.startsWith("theirs")) {
      item.classList.add("theirs-again");
    }
    if (photos.has(entry)) item.append(thumbnail(photos.get(entry)));
    const said = element("p", "said");
    said.dir = "auto";
    said.append(element("span", "unseen", entry.who === "me" ? WORDS.you : WORDS.service));
    fillSaid(said, entry.text, entry.who === "service");
    item.append(said);
  }
  items.set(entry, item);
  if (entry.buttons?.length) item.append(choices(entry));
  if (entry.who === "me") showStatus(entry);
  messages.append(item);
}

function thumbnail(file) {
  const image = element("img");
  image.alt = WORDS.photoAlt;
  image.src = URL.createObjectURL(file);
  image.addEventListener("load", () => {
    URL.revokeObjectURL(image.src);
    if (messages.lastElementChild?.contains(image)) scrollToEnd();
  });
  image.addEventListener("error", () => image.remove()); // a kind of picture this browser cannot draw
  return image;
}

function choices(entry) {
  const group = element("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", WORDS.choices);
  for (const { label, payload } of entry.buttons) {
    group.append(button("", label, () => choose(label, payload)));
  }
  return group;
}

/** Take the buttons of every question away; one answer is enough. */
function retireChoices() {
  for (const entry of state.log) {
    if (!entry.buttons) continue;
    delete entry.buttons;
    const group = items.get(entry)?.querySelector(".choices");
    if (!group) continue;
    const hadFocus = group.contains(document.activeElement);
    group.remove();
    if (hadFocus) focusAfterChoice();
  }
  save();
}

/** The box is the natural next place, but on a touch screen it would open the keyboard over the answer. */
function focusAfterChoice() {
  const target = matchMedia("(pointer: coarse)").matches ? messages.lastElementChild : box;
  target?.focus({ preventScroll: true });
}

function showStatus(entry) {
  const item = items.get(entry);
  const isFailed = entry.status === "failed" || entry.status === "refused";
  item.classList.toggle("failed", isFailed);
  item.hidden = Boolean(entry.isQuiet) && !isFailed;
  let line = item.querySelector(".state");
  if (!line) {
    line = element("p", "state", " ");
    item.append(line);
  }
  // The text node is changed, not replaced, so that the log does not read every step aloud.
  line.firstChild.data = entry.detail || WORDS[entry.status] || "";
  line.hidden = entry.status === "sent" && entry !== lastOfMine();
  item.querySelector("button")?.remove();
  if (entry.status === "failed" && (entry.send.kind !== "photo" || photos.has(entry))) {
    item.append(button("", WORDS.tryAgain, () => tryAgain(entry)));
  }
  if (entry.status !== "sending") item.querySelector("progress")?.remove();
}

function lastOfMine() {
  return state.log.filter((entry) => entry.who === "me" && !entry.isQuiet).pop();
}

function setStatus(entry, status, detail) {
  entry.status = status;
  entry.detail = detail;
  save();
  stayingAtEnd(() => showStatus(entry));
}

function add(entry) {
  const before = lastOfMine();
  state.log.push(entry);
  show(entry);
  if (before) showStatus(before);
  save();
}

/* ------------------------------------------------------------------ where the page is scrolled to */

const isAtEnd = () => innerHeight + scrollY >= document.documentElement.scrollHeight - 80;

function scrollToEnd() {
  at("newer").hidden = true;
  scrollTo(0, document.documentElement.scrollHeight);
}

/** Change something on the page; who was at its end stays there. */
function stayingAtEnd(change) {
  const wasAtEnd = isAtEnd();
  change();
  if (wasAtEnd && lastOfMine()) scrollToEnd();
}

/** Bring new replies into view: from their first line where they are long; never away from older ones being read. */
function follow(first, wasAtEnd) {
  if (!lastOfMine()) return scrollTo(0, 0); // a new chat begins at its heading
  if (!wasAtEnd) {
    at("newer").hidden = false;
    return;
  }
  scrollToEnd();
  const clear = document.querySelector(".strip").getBoundingClientRect().bottom + 8;
  const top = first.getBoundingClientRect().top;
  if (top < clear) scrollBy(0, top - clear);
}

addEventListener("scroll", () => { if (isAtEnd()) at("newer").hidden = true; }, { passive: true });
at("newer").addEventListener("click", () => { scrollToEnd(); focusAfterChoice(); });

/* ------------------------------------------------------------------ the wire */

/** One conversation's work; a new one is made when the chat is cleared, and the old one's answers are dropped. */
let chat = newChat();

function newChat() {
  return { isSending: false, isPolling: false, stop: new AbortController(), wake: null };
}

/**
 * Ask the service once. Gives {status, body, wait}: status 0 where no proper answer came (no network,
 * too late, or not our JSON, as from a hotel's sign-in page); wait is Retry-After in seconds, or null.
 */
async function ask(method, path, json, mine) {
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(), ANSWER_SECONDS * 1000);
  const onStop = () => timer.abort();
  mine.stop.signal.addEventListener("abort", onStop);
  const stopWriting = method === "POST" ? startWriting() : () => {};
  try {
    const headers = { Accept: "application/json" };
    if (state.token) headers.Authorization = `Bearer ${state.token}`;
    if (json) headers["Content-Type"] = "application/json";
    const answer = await fetch(path, {
      method, headers, body: json && JSON.stringify(json), cache: "no-store", credentials: "same-origin", signal: timer.signal,
    });
    return readAnswer(answer.status, await answer.text(), answer.headers.get("Retry-After"));
  } catch {
    return { status: 0, body: {}, wait: null };
  } finally {
    stopWriting();
    clearTimeout(timeout);
    mine.stop.signal.removeEventListener("abort", onStop);
  }
}

function readAnswer(status, text, retryAfter) {
  let body = null;
  try {
    body = JSON.parse(text);
  } catch { /* judged below */ }
  const isObject = body !== null && typeof body === "object";
  if (status < 400 && !(isObject && Array.isArray(body.replies))) return { status: 0, body: {}, wait: null };
  return { status, body: isObject ? body : {}, wait: /^\d+$/.test(retryAfter || "") ? Number(retryAfter) : null };
}

/** fetch cannot tell how much was sent, so photos go by XMLHttpRequest. The id makes a second try harmless. */
function askWithPhoto(entry, mine) {
  return new Promise((resolve) => {
    const bar = element("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", WORDS.sending);
    items.get(entry).querySelector("progress")?.remove();
    items.get(entry).append(bar);
    const body = new FormData();
    body.append("id", entry.id);
    body.append("photo", photos.get(entry));
    const request = new XMLHttpRequest();
    request.open("POST", "/chat/photos");
    request.setRequestHeader("Authorization", `Bearer ${state.token}`);
    request.timeout = PHOTO_SECONDS * 1000;
    request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
    request.onload = () => resolve(readAnswer(request.status, request.responseText, request.getResponseHeader("Retry-After")));
    request.onerror = request.ontimeout = request.onabort = () => resolve({ status: 0, body: {}, wait: null });
    mine.stop.signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

/** Wait; a network that comes back ends the wait early. */
function pause(seconds, mine) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    mine.wake = () => { clearTimeout(timer); resolve(); };
  });
}

addEventListener("online", () => chat.wake?.());

/**
 * Ask until there is an answer worth acting on: no answer and 5xx are tried again with back-off, 429 is
 * waited for. The last answer is given back, whatever it is.
 */
async function askPatiently(once, mine, onWait) {
  let tries = 0;
  let pauses = 0;
  for (;;) {
    const answer = await once();
    if (chat !== mine) return answer;
    if (answer.status === 429 && pauses < MAX_PAUSES) {
      pauses += 1;
      onWait("paused");
      await pause(Math.min(Math.max(answer.wait ?? 5, 1), 60), mine);
    } else if ((answer.status === 0 || answer.status >= 500) && tries < BACKOFF_SECONDS.length) {
      onWait("again");
      await pause(BACKOFF_SECONDS[tries], mine);
      tries += 1;
    } else {
      return answer;
    }
    if (chat !== mine) return answer;
    onWait("sending");
  }
}

/* ------------------------------------------------------------------ opening a chat */

async function open() {
  const mine = chat;
  at("stopped").hidden = true;
  const once = () => ask("POST", "/chat/sessions", { language: document.documentElement.lang || "en" }, mine);
  const answer = await askPatiently(once, mine, () => {});
  if (chat !== mine) return;
  if (answer.status >= 400 || !answer.status || !answer.body.session) {
    stopped(WORDS.unopened, WORDS.tryAgain, open);
    return;
  }
  state.token = answer.body.session;
  save();
  receive(answer.body.replies, true);
  followLink();
  flush();
  schedulePoll();
}

/** A link such as /?start=encampment goes straight into a form, as it does on Telegram. */
function followLink() {
  const payload = new URLSearchParams(location.search).get("start");
  if (payload === null) return;
  history.replaceState(null, "", location.pathname);
  if (/^[A-Za-z0-9_-]{1,64}$/.test(payload)) {
    send({ kind: "text", text: `/start ${payload}` }, WORDS.link, true);
  }
}

function stopped(words, label, onGo) {
  at("stopped-words").textContent = words;
  const go = at("stopped-go");
  go.textContent = label;
  go.onclick = () => {
    at("stopped").hidden = true;
    focusAfterChoice();
    onGo();
  };
  const wasAtEnd = isAtEnd();
  at("stopped").hidden = false;
  say(words, true);
  if (wasAtEnd) scrollToEnd();
}

/** The session is over. Words that did not go out are put back in the box, for the new chat. */
function close() {
  chat.stop.abort();
  chat = newChat();
  state.closed = true;
  state.token = null;
  retireChoices();
  const unsent = state.log.filter(isWaiting);
  for (const entry of unsent) setStatus(entry, "refused");
  const words = unsent.filter((entry) => entry.send.kind === "text" && !entry.isQuiet).map((entry) => entry.text);
  if (words.length) giveBack(words.join("\n"));
  save();
  stopped(WORDS.closed, WORDS.closedGo, startAfresh);
}

function startAfresh() {
  state = { ...empty(), log: state.log };
  chat = newChat();
  add({ who: "line", text: WORDS.fresh });
  say(box.value.trim() ? WORDS.kept : "");
  open();
}

function giveBack(words) {
  box.value = box.value ? `${words}\n${box.value}` : words;
  grow();
  saveDraft();
}

/* ------------------------------------------------------------------ sending */

const isWaiting = (entry) => entry.who === "me" && entry.status === "sending";

/** Put a message on the page at once and send it in its turn. send is {kind: text|button|location|photo, ...}. */
function send(what, text, isQuiet, file) {
  const entry = { who: "me", id: newId(), text, send: what, status: "sending" };
  if (isQuiet) entry.isQuiet = true;
  if (file) photos.set(entry, file);
  add(entry);
  scrollToEnd();
  flush();
}

async function flush() {
  const mine = chat;
  if (mine.isSending || !state.token) return;
  mine.isSending = true;
  try {
    for (let entry; chat === mine && (entry = state.log.find(isWaiting)); ) await deliver(entry, mine);
  } finally {
    mine.isSending = false;
  }
}

async function deliver(entry, mine) {
  const { kind, ...content } = entry.send;
  const once = kind === "photo"
    ? () => askWithPhoto(entry, mine)
    : () => ask("POST", "/chat/messages", { id: entry.id, ...content }, mine);
  const answer = await askPatiently(once, mine, (step) => setStatus(entry, "sending", WORDS[step]));
  if (chat !== mine) return;
  if (answer.status === 401 || answer.status === 404) {
    close();
  } else if (answer.status === 0 || answer.status >= 500 || answer.status === 429) {
    setStatus(entry, "failed");
    say(WORDS.failed, true);
  } else if (answer.status >= 400) {
    refuse(entry, answer.body);
  } else {
    photos.delete(entry);
    setStatus(entry, "sent");
    receive(answer.body.replies, true);
  }
}

/** The service read the message and will not have it: say why, and put typed words back to be changed. */
function refuse(entry, problem) {
  const why = typeof problem.detail === "string" ? problem.detail : problem.title;
  const words = `${WORDS.refused} ${typeof why === "string" ? why : ""}`.trim();
  setStatus(entry, "refused", words);
  say(words, true);
  if (entry.send.kind === "text" && !entry.isQuiet) giveBack(entry.text);
}

/** The same id goes again; the message moves to the end, where its answer will stand. */
function tryAgain(entry) {
  state.log.splice(state.log.indexOf(entry), 1);
  state.log.push(entry);
  messages.append(items.get(entry));
  setStatus(entry, "sending");
  say("");
  box.focus();
  scrollToEnd();
  flush();
}

function choose(label, payload) {
  say("");
  send({ kind: "button", button: payload }, label);
  retireChoices();
}

/* ------------------------------------------------------------------ receiving */

/**
 * Show replies that were not shown before. The number of each tells: an answer to a message can come
 * by the poll as well. The poll's own cursor moves by `next` alone, because an answer's number may be
 * past an update that was not fetched yet.
 */
function receive(replies, isAnswer) {
  const fresh = replies.filter(({ number }) => {
    if (!Number.isInteger(number)) return true;
    if (state.seen.includes(number)) return false;
    state.seen.push(number);
    return true;
  });
  at("opening").hidden = true;
  if (!fresh.length) return save();
  if (isAnswer || fresh.some((reply) => reply.buttons?.length)) retireChoices();
  const wasAtEnd = isAtEnd();
  for (const { text, buttons } of fresh) {
    add({ who: "service", text: String(text ?? ""), ...(buttons?.length && { buttons }) });
  }
  follow(items.get(state.log[state.log.length - fresh.length]), wasAtEnd);
}

let writer = null;

/** Say, after a moment and once, that an answer is being written. Gives what ends it. */
function startWriting() {
  const mine = {};
  writer = mine;
  const timer = setTimeout(() => {
    if (writer !== mine) return;
    stayingAtEnd(() => { waiting.textContent = WORDS.writing; });
  }, WRITING_AFTER_MS);
  return () => {
    clearTimeout(timer);
    if (writer === mine) waiting.textContent = "";
  };
}

let pollTimer = 0;
let pollFailures = 0;

function schedulePoll(seconds) {
  clearTimeout(pollTimer);
  const usual = document.hidden ? POLL_SECONDS.hidden : POLL_SECONDS.visible;
  pollTimer = setTimeout(poll, 1000 * (seconds ?? Math.min(usual * 2 ** pollFailures, 240)));
}

/** Fetch what staff or updates sent meanwhile. A failure is silent: the next round tries again, later each time. */
async function poll() {
  const mine = chat;
  if (!state.token || mine.isPolling) return;
  if (mine.isSending) return schedulePoll();
  mine.isPolling = true;
  const answer = await ask("GET", `/chat/messages?after=${state.cursor}`, null, mine);
  mine.isPolling = false;
  if (chat !== mine || !state.token) return;
  if (answer.status === 401 || answer.status === 404) return close();
  pollFailures = answer.status === 200 ? 0 : Math.min(pollFailures + 1, 4);
  if (answer.status === 200) {
    if (Number.isInteger(answer.body.next)) state.cursor = Math.max(state.cursor, answer.body.next);
    receive(answer.body.replies, false);
  }
  schedulePoll(answer.wait === null ? undefined : Math.max(answer.wait, 5));
}

document.addEventListener("visibilitychange", () => {
  if (!state.token) return;
  if (document.hidden) schedulePoll();
  else poll();
});

/* ------------------------------------------------------------------ the box and what is around it */

/** A short word about what just happened, above the box and read aloud; isUnseen where it also stands elsewhere. */
function say(words, isUnseen) {
  stayingAtEnd(() => {
    notice.textContent = words;
    notice.classList.toggle("unseen", Boolean(isUnseen));
  });
  if (words && !isUnseen) notice.scrollIntoView({ block: "nearest" });
}

function grow() {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
}

function excess() {
  return Array.from(box.value.trim()).length - MAX_CHARACTERS;
}

box.addEventListener("input", () => {
  grow();
  saveDraft();
  if (notice.textContent && !(excess() > 0)) say("");
});

box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});

function submit() {
  const text = box.value.trim();
  box.focus();
  if (!text) return say(WORDS.empty);
  if (excess() > 0) return say(WORDS.tooLong(excess()));
  if (state.closed) return at("stopped-go").focus(); // the words stay in the box
  say("");
  box.value = "";
  grow();
  saveDraft();
  send({ kind: "text", text }, text);
}

at("place").addEventListener("click", () => {
  if (state.closed) return at("stopped-go").focus();
  if (!window.isSecureContext || !navigator.geolocation) return say(WORDS.placeMissing);
  const mine = chat;
  say(WORDS.placeAsking);
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      if (chat !== mine) return;
      say("");
      const [latitude, longitude] = [coords.latitude, coords.longitude].map((degrees) => Number(degrees.toFixed(6)));
      send({ kind: "location", location: { latitude, longitude } }, `${WORDS.place}: ${latitude.toFixed(4)}, ${longitude.toFixed(4)}`);
    },
    (error) => say(error.code === error.PERMISSION_DENIED ? WORDS.placeRefused : WORDS.placeFailed),
    { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 },
  );
});

at("photo").addEventListener("click", () => {
  if (state.closed) return at("stopped-go").focus();
  at("file").click();
});

at("file").addEventListener("change", () => {
  const [file] = at("file").files;
  at("file").value = ""; // so that the same photo can be chosen again
  if (!file) return;
  if (file.type && !file.type.startsWith("image/")) return say(WORDS.photoKind);
  if (file.size > MAX_PHOTO_BYTES) return say(WORDS.photoTooBig);
  if (!file.size) return say(WORDS.photoEmpty);
  say("");
  send({ kind: "photo" }, WORDS.photo, false, file);
});

/* ------------------------------------------------------------------ clearing, and leaving quickly */

function askToClear(isOpen) {
  at("confirm").hidden = !isOpen;
  at("clear").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) scrollTo(0, 0);
  (isOpen ? at("confirm-no") : at("clear")).focus();
}

at("clear").addEventListener("click", () => askToClear(at("confirm").hidden));
at("confirm-no").addEventListener("click", () => askToClear(false));
at("confirm-yes").addEventListener("click", () => {
  askToClear(false);
  chat.stop.abort();
  chat = newChat();
  wipe();
  state = empty();
  items.clear();
  photos.clear();
  messages.textContent = "";
  box.value = "";
  grow();
  box.focus();
  say(WORDS.cleared);
  open();
});

/** Nothing of the chat may stay behind: not in the tab, not in an answer that is still on its way. */
function leave() {
  left = true;
  chat.stop.abort();
  chat = newChat();
  state = empty();
  clearTimeout(pollTimer);
  wipe();
  document.title = "";
  document.body.hidden = true;
  location.replace(LEAVE_TO);
}

let escapes = 0;
let escapeTimer = 0;

addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.repeat) {
    if (event.key !== "Escape") escapes = 0;
    return;
  }
  escapes += 1;
  if (escapes === 3) return leave();
  say(WORDS.escape(3 - escapes));
  clearTimeout(escapeTimer);
  escapeTimer = setTimeout(() => {
    escapes = 0;
    say("");
  }, 5000);
});

at("leave").addEventListener("click", leave);

/* ------------------------------------------------------------------ start */

function begin() {
  at("opening").hidden = true;
  form.hidden = false;
  restore();
  log.setAttribute("aria-live", "off"); // what was read before is not read aloud again
  for (const entry of state.log) {
    // A photo's bytes do not outlive the page, so it cannot be sent again from here.
    if (entry.send?.kind === "photo" && entry.status !== "sent") {
      entry.status = "refused";
      entry.detail = WORDS.photoLost;
    }
    show(entry);
  }
  setTimeout(() => log.setAttribute("aria-live", "polite"), state.log.length ? 1000 : 0);
  grow();
  if (lastOfMine()) scrollToEnd();
  if (state.closed) return close();
  if (!state.token) return open();
  followLink();
  flush();
  poll();
}

begin();
