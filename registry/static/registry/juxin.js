// Comforts only: every page works without this file.
"use strict";

// The "More" of the menu closes when one looks elsewhere.
const more = document.querySelector(".menu-more details");
if (more) {
  document.addEventListener("click", (event) => { if (!more.contains(event.target)) more.open = false; });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !more.open) return;
    more.open = false;
    more.querySelector("summary").focus();
  });
}

// After a form came back, start at what is to be mended.
document.querySelector("[data-focus]")?.focus();

// A form is sent once, however often the button is pressed; coming back to the page frees it again.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// Code can be copied.
for (const figure of document.querySelectorAll(".code[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-quiet no-print";
  button.textContent = figure.dataset.copy;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(figure.querySelector("code").textContent);
    button.textContent = figure.dataset.copied;
  });
  figure.append(button);
}

// A part that changes by itself, such as an upload's progress: fetched anew every data-live seconds for as long
// as the page says so. What it has to say goes to the page's one status line, and only when it changed; whoever
// stood on a link of it stands on the same link after. Without this script such a page reloads by a meta element
// inside <noscript>.
async function refresh(part) {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.redirected) return location.assign(answer.url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(part.id);
    if (!answer.ok || !fresh) return schedule(part);
    const here = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const open = [...part.querySelectorAll("details")].map((one) => one.open);
    part.replaceWith(fresh);
    fresh.querySelectorAll("details").forEach((one, place) => { if (open[place]) one.open = true; });
    if (here) (fresh.querySelector(`[href="${CSS.escape(here)}"]`) ?? document.getElementById("main")).focus();
    say(part, fresh);
    schedule(fresh);
  } catch {
    schedule(part);
  }
}
function say(part, fresh) {
  const line = document.getElementById(`${part.id}-said`);
  if (line && fresh.dataset.say !== part.dataset.say) line.textContent = fresh.dataset.say ?? "";
}
function schedule(part) {
  const seconds = Number(part.dataset.live);
  if (seconds > 0) setTimeout(refresh, seconds * 1000, part);
}
for (const part of document.querySelectorAll("[data-live][id]")) schedule(part);
