"use strict";

// While the form is filled in this works on its challenge, as ALTCHA's second version asks (PBKDF2): a key that begins as
// wanted has to be found by trial. Where a browser can't, the form is sent without, and a person looks at it.

const field = document.getElementById("proof");
const challenge = JSON.parse(field.dataset.challenge);
const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function keyOf(counter) {
  const { nonce, salt, cost, keyLength } = challenge.parameters;
  const password = new Uint8Array([...bytesOf(nonce), 0, 0, 0, 0]);
  new DataView(password.buffer).setUint32(password.length - 4, counter);
  const secret = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytesOf(salt), iterations: cost };
  return hexOf(new Uint8Array(await crypto.subtle.deriveBits(how, secret, keyLength * 8)));
}

async function prove() {
  for (let counter = 0; ; counter += 1) {
    const derivedKey = await keyOf(counter);
    if (derivedKey.startsWith(challenge.parameters.keyPrefix)) {
      field.value = btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
      return;
    }
  }
}

const done = prove().catch(() => {});  // such as by plain http, where browsers have no crypto.subtle

field.form.addEventListener("submit", async (event) => {
  if (field.value) return;
  event.preventDefault();
  await done;
  field.form.submit();
}, { once: true });
