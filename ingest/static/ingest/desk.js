// Files on their way: dropped or chosen, sent in pieces (tus), going on by themselves where the line broke, and
// where one left off when the same file is chosen again. Without this script the form sends them itself.
"use strict";

const PIECE = 16 * 1024 * 1024;
const PAUSES = [0, 1000, 3000, 5000, 10000, 10000, 20000, 30000, 60000, 60000];

// Where unfinished files were being brought, by a digest of what tells one from another: no name is kept.
const kept = {
  async findAllUploads() { return []; },
  async findUploadsByFingerprint(mark) {
    const url = localStorage.getItem(mark);
    return url ? [{ uploadUrl: url, urlStorageKey: mark, size: null, metadata: {} }] : [];
  },
  async addUpload(mark, upload) { localStorage.setItem(mark, upload.uploadUrl); return mark; },
  async removeUpload(mark) { localStorage.removeItem(mark); },
};

async function markOf(file, options) {
  if (!crypto.subtle) return null; // not over https: it can go on after a break, but not on another day
  const said = JSON.stringify([file.name, file.size, file.lastModified, options.metadata]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(said)));
  return "sending-" + Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Sending {
  constructor(file, form, block) {
    const row = block.querySelector("template[data-row]").content.cloneNode(true).firstElementChild;
    const part = (name) => row.querySelector(`[data-${name}]`);
    Object.assign(this, { file, form, block, row, words: block.querySelector("template[data-words]").dataset });
    this.parts = Object.fromEntries(["state", "percent", "open", "again", "stop"].map((name) => [name, part(name)]));
    this.bar = row.querySelector("progress");
    row.querySelectorAll("[data-name]").forEach((place) => { place.textContent = ` ${file.name}`; });
    this.bar.setAttribute("aria-label", file.name);
    this.parts.again.addEventListener("click", () => this.goOn());
    this.parts.stop.addEventListener("click", () => this.stop());
    this.ended = new Promise((end) => { this.end = end; });
    this.say("waiting");
    block.querySelector("[data-list]").append(row);
  }

  say(word, aloud = false) {
    this.parts.state.textContent = this.words[word];
    if (aloud) this.block.querySelector("[data-said]").textContent = `${this.file.name}: ${this.words[word]}`;
  }

  async start() {
    if (this.stopped) return this.ended;
    const field = (name) => this.form.elements[name].value;
    const metadata = { filename: this.file.name, filetype: this.file.type, type: field("type"), as_of: field("as_of") };
    this.upload = new tus.Upload(this.file, {
      endpoint: this.block.dataset.endpoint,
      headers: { "X-CSRFToken": field("csrfmiddlewaretoken"), Accept: "application/json" },
      metadata: Object.fromEntries(Object.entries(metadata).filter(([, value]) => value)),
      chunkSize: PIECE, retryDelays: PAUSES, urlStorage: kept, fingerprint: markOf, removeFingerprintOnSuccess: true,
      onShouldRetry: (error) => this.mayRetry(error),
      onProgress: (sent, all) => this.show(sent, all),
      onError: (error) => this.fail(error),
      onSuccess: () => this.arrive(),
    });
    const before = await this.upload.findPreviousUploads();
    if (before.length) this.upload.resumeFromPreviousUpload(before[0]);
    this.say("sending", true);
    this.upload.start();
    return this.ended;
  }

  mayRetry(error) {
    const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
    const again = status < 400 || status >= 500 || [408, 409, 423, 429].includes(status);
    if (again) this.say("broken");
    return again;
  }

  show(sent, all) {
    const now = performance.now();
    this.first ??= { sent, now };
    this.bar.value = all ? (100 * sent) / all : 100;
    this.say("sending");
    const speed = (sent - this.first.sent) / (now - this.first.now || 1);
    const seconds = Math.max(1, Math.round((all - sent) / speed / 1000));
    const [words, left] = seconds < 100 ? [this.words.left, seconds] : [this.words.minutes, Math.round(seconds / 60)];
    const known = Number.isFinite(left) && now - this.first.now > 1000;
    this.parts.percent.textContent = `${Math.floor(this.bar.value)}%${known ? ` · ${words.replace("%s", left)}` : ""}`;
  }

  fail(error) {
    const answer = error.originalResponse;
    const status = answer ? answer.getStatus() : 0;
    this.say(status === 401 ? "out" : "failed", true);
    if (status >= 400 && status < 500 && status !== 401) this.refuse(answer);
    this.parts.again.hidden = status >= 400 && status < 500;
    this.first = undefined;
    this.end(false);
  }

  refuse(answer) {
    let said;
    try { said = JSON.parse(answer.getBody()).detail; } catch { said = ""; }
    this.parts.state.textContent = said || this.words.failed;
    this.block.querySelector("[data-said]").textContent = `${this.file.name}: ${this.parts.state.textContent}`;
    this.parts.stop.hidden = true;
  }

  goOn() {
    this.parts.again.hidden = true;
    this.say("sending", true);
    this.upload.start();
  }

  arrive() {
    this.bar.value = 100;
    this.parts.percent.textContent = "100%";
    this.say("here", true);
    this.parts.open.href = this.block.dataset.pages + this.upload.url.split("/").pop();
    this.parts.open.hidden = false;
    this.parts.stop.hidden = true;
    this.end(true);
  }

  async stop() {
    this.stopped = true;
    this.parts.stop.hidden = this.parts.again.hidden = true;
    if (this.upload) await this.upload.abort(true).catch(() => {});
    this.bar.remove();
    this.parts.percent.textContent = "";
    this.say("stopped", true);
    this.end(false);
  }
}

async function send(form, block, input) {
  block.querySelector("[data-sending]").hidden = false;
  form.hidden = true;
  const all = Array.from(input.files, (file) => new Sending(file, form, block));
  block.querySelector("[data-stop]")?.focus();
  for (const one of all) await one.start();
  if (all.length === 1 && !all[0].parts.open.hidden) return location.assign(all[0].parts.open.href);
  const again = all.every((one) => one.stopped);
  if (again) { form.hidden = false; input.value = ""; input.focus(); }
}

function begin() {
  const block = document.querySelector("[data-drop]");
  const form = block?.querySelector("form");
  const input = form?.querySelector("input[type=file]");
  if (!input) return;
  // The whole page takes the file: dropped beside the box, the browser would leave the page and show it.
  const over = (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    block.toggleAttribute("data-over", event.type === "dragover" && !form.hidden);
  };
  for (const type of ["dragover", "dragleave", "drop"]) document.addEventListener(type, over);
  document.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length && !form.hidden) input.files = event.dataTransfer.files;
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !input.files.length || !window.tus?.isSupported) return;
    event.preventDefault();
    send(form, block, input);
  });
}

begin();
