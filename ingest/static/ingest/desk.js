// Comforts of the page that sends files: dropping one anywhere on the card, and seeing it go. The form works without.
"use strict";

function start() {
  const card = document.querySelector("[data-drop]");
  const form = card?.querySelector("form");
  const input = form?.querySelector("input[type=file]");
  if (!input) return;
  card.addEventListener("dragover", (event) => event.preventDefault());
  card.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !input.files.length) return;
    event.preventDefault();
    send(form, card.querySelector("[data-sending]"));
  });
}

// The form's own request, so that its answer is the same page: the upload's, or the form with its faults.
function send(form, block) {
  const bar = block.querySelector("progress");
  const request = new XMLHttpRequest();
  block.hidden = false;
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = (100 * event.loaded) / event.total;
    block.querySelector("[data-percent]").textContent = `${Math.floor(bar.value)}%`;
  });
  request.addEventListener("load", () => arrive(request));
  request.addEventListener("error", () => form.submit());
  request.open("POST", location.href);
  request.send(new FormData(form));
}

function arrive(request) {
  if (new URL(request.responseURL).pathname !== location.pathname) return location.assign(request.responseURL);
  const main = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
  document.querySelector("main").replaceWith(main);
  main.querySelector("[data-focus]")?.focus();
  start();
}

start();
