"use strict";

const main = document.querySelector("main");
const status = document.getElementById("status");
const asOf = document.getElementById("as-of");
const cases = document.getElementById("cases");
const staleSeconds = Number(main.dataset.staleSeconds);
const number = new Intl.NumberFormat("en");
const time = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
  timeZone: main.dataset.timeZone, timeZoneName: "short",
});

let isConnected = true;  // until the first attempt has failed
let ageSeconds = Number(main.dataset.ageSeconds);
let receivedAt = Date.now();

// Only what is displayed is floored at zero; a correction that arrives early may make a sum negative for a moment.
function show(cell, letters) {
  cell.textContent = number.format(Math.max(0, letters));
}

function cellOf(member) {
  for (const row of cases.rows) {
    if (row.dataset.case === member) return row.cells[1];
  }
  const row = cases.insertRow();
  row.dataset.case = member;
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = member;
  row.append(name);
  return row.insertCell();
}

function take(event, isWhole) {
  const said = JSON.parse(event.data);
  if (isWhole) {
    for (const row of cases.rows) show(row.cells[1], 0);
  }
  for (const total of said.totals) {
    if (total.scope === "world") show(document.getElementById("world"), total.letters);
    if (total.scope === "case") show(cellOf(total.member), total.letters);
  }
  asOf.dateTime = said.as_of;
  asOf.textContent = time.format(new Date(said.as_of));
  ageSeconds = said.age_seconds;
  receivedAt = Date.now();
  isConnected = true;
  say();
}

function ageInWords(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} seconds`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return `${Math.round(seconds / 3600)} hours`;
}

function say() {
  // The age grows by this clock's differences only: whether it is set right does not matter.
  const age = ageSeconds + (Date.now() - receivedAt) / 1000;
  let words = "Counting live.";
  if (!isConnected) words = "The connection is lost. The last numbers received stay here; trying again.";
  else if (age > staleSeconds) words = `These numbers are ${ageInWords(age)} old. New ones appear here once they come.`;
  status.classList.toggle("alarm", words !== "Counting live.");
  if (status.textContent !== words) status.textContent = words;  // said aloud only when it changes
}

function connect() {
  const source = new EventSource(`v1/live?campaign=${encodeURIComponent(main.dataset.campaign)}`);
  source.addEventListener("snapshot", (event) => take(event, true));
  source.addEventListener("totals", (event) => take(event, false));
  source.addEventListener("error", () => {
    isConnected = false;
    say();
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000 + Math.random() * 3000);
  });
}

setInterval(say, 1000);
connect();
