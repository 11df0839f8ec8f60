"use strict";

// A screen in a room, where nobody touches anything for a night.

const big = document.getElementById("here");

// The number is as large as so many digits can be.
function fit() {
  big.dataset.length = (big.querySelector("data") ?? big).textContent.length;
}

async function stayAwake() {
  if (document.hidden || !navigator.wakeLock) return;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // The machine saves its battery, or the page came by http: then its own settings say when the screen goes dark.
  }
}

new MutationObserver(fit).observe(big, { childList: true, characterData: true, subtree: true });
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
