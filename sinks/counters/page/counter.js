"use strict";

// The page stands without this. With it, the numbers go on by themselves: what the stream says is the target, and
// what is shown grows towards it, never past it, so that world, countries and cases agree in every picture.

const GROW_MS = 600;
const nothing = { countries: {}, cases: {}, events: {}, milestones: {}, edges: [] };
const facts = { ...nothing, ...JSON.parse(document.getElementById("facts").textContent) };
// A page of one place says which totals by "scope/member" it needs, and which of them sum to the same.
const SCOPES = facts.scopes ?? ["world", "country", "case", "event"];
const WATCHED = new RegExp(facts.watched ?? "");
const SUMS = (facts.sums ?? ["^world/", "^country/", "^case/"]).map((one) => new RegExp(one));
const SHADED = facts.shaded === undefined ? "country/" : `${facts.shaded}/`;
const PARTS = facts.parts ?? "case/";
const words = facts.words;
const number = new Intl.NumberFormat(facts.tag, { useGrouping: "always" });
const day = new Intl.DateTimeFormat(facts.tag, { dateStyle: "long", timeZone: facts.time_zone });
const ago = new Intl.RelativeTimeFormat(facts.tag);
const collator = new Intl.Collator(facts.tag);
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const find = (id) => document.getElementById(id);
const fill = (sentence, gaps) => sentence.replace(/%\((\w+)\)s/g, (_, name) => gaps[name]);
const apart = (said) => (document.dir === "rtl" ? `\u2068${said}\u2069` : said);  // it keeps its own direction
const scopeOf = (key) => key.slice(0, key.indexOf("/"));
const told = (letters) => number.format(Math.max(0, letters));

/* What time it is. */

// One of this machine's clocks stands still while it sleeps, the other may be set: what has gone by is what either says
// at most. Neither says what time it is; the server does, with each of its totals.
const mark = () => ({ running: performance.now(), wall: Date.now() });
const since = (marked) => Math.max(performance.now() - marked.running, Date.now() - marked.wall);
let serverTold = { ms: facts.now_ms, at: { running: 0, wall: Date.now() - performance.now() } };  // as the page was asked for
const serverNow = () => serverTold.ms + since(serverTold.at);

function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function clock(moment, zone, isShort) {
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  if (!isShort) Object.assign(options, { second: "2-digit", timeZoneName: "longOffset" });
  return new Intl.DateTimeFormat("en", options).format(moment).replace("GMT", "UTC").replace("+00:00", "");
}

/* What is shown, and what is to be: letters by "scope/member". */

const target = new Map();
const shown = new Map();
const cells = new Map();
const shapes = new Map([...document.querySelectorAll("#map use[data-code]")].map((shape) => [shape.dataset.code, shape]));
let growth = null;
let grownAt = -Infinity;

for (const row of document.querySelectorAll("[data-scope]")) {
  const cell = row.querySelector("data");
  const key = `${row.dataset.scope}/${row.dataset.member}`;
  cells.set(key, cell ?? row);
  shown.set(key, Number(cell?.value ?? 0));
  target.set(key, shown.get(key));
}
let isKnown = facts.age_seconds !== null;

function nameOf(key) {
  const [scope, member] = (key.startsWith("case-country/") ? partOf(key.slice(13)) : key).split("/");
  const names = { world: { all: words.world }, country: facts.countries, case: facts.cases, event: facts.events };
  return names[scope][member] ?? member;
}

// Which total the map shades a country by.
function placeOf(code) {
  return facts.shaded ? `case-country/${facts.case}:${code}` : `country/${code}`;
}

// Of a case and a country: the page of the one names the other.
function partOf(member) {
  return facts.shaded ? `country/${member.slice(-2)}` : `case/${member.slice(0, -3)}`;
}

function cellOf(key) {
  if (!cells.has(key)) {
    const [scope, member] = key.split("/");
    const pattern = find(`new-${scope}`);
    if (!pattern) return null;
    const made = pattern.content.firstElementChild.cloneNode(true);
    Object.assign(made.dataset, { scope, member });
    made.querySelector("bdi").textContent = nameOf(key);
    const [of, id] = (scope === "case-country" ? partOf(member) : key).split("/");
    made.querySelector("a").href = `${facts.root}${of}/${encodeURIComponent(id)}${pattern.dataset.query}`;
    find(pattern.dataset.into).append(made);
    cells.set(key, made.querySelector("data"));
  }
  return cells.get(key);
}

function draw(keys) {
  for (const key of keys) {
    const letters = Math.max(0, shown.get(key));
    const cell = letters || cells.has(key) ? cellOf(key) : null;
    setText(cell, told(letters));
    if (key.startsWith(SHADED)) shade(key.slice(-2), letters, cell);
  }
  drawProgress();
}

function shade(code, letters, cell) {
  if (cell) cell.closest("tr").hidden = letters === 0;
  const shape = shapes.get(code);
  if (!shape) return;
  shape.setAttribute("class", `step-${facts.edges.filter((edge) => letters >= edge).length}`);
  const title = shape.firstElementChild ?? shape.appendChild(document.createElementNS(shape.namespaceURI, "title"));
  setText(title, `${nameOf(`country/${code}`)}: ${told(letters)}`);
}

function drawProgress() {
  const most = Math.max(1, ...[...shown].filter(([key]) => key.startsWith(PARTS)).map(([, letters]) => letters));
  for (const place of document.querySelectorAll("[data-progress]")) {
    const letters = Math.max(0, shown.get(place.dataset.progress) ?? 0);
    const milestones = facts.milestones[place.dataset.progress] ?? [];
    const next = milestones.find(([wanted]) => wanted > letters);
    const [wanted, isGoal] = next ?? milestones.at(-1) ?? [most, false];
    place.querySelector("rect")?.setAttribute("width", Math.min(100, (100 * letters) / wanted).toFixed(2));
    const word = next ? (isGoal ? "goal" : "next") : (isGoal ? "goal_reached" : "reached");
    setText(place.querySelector(".milestone"), fill(words[word], { number: number.format(wanted) }));
  }
}

function jump() {
  growth = null;
  leap(() => true);
}

function leap(isMeant) {
  const changed = [...target.keys()].filter((key) => shown.get(key) !== target.get(key) && isMeant(key));
  for (const key of changed) shown.set(key, target.get(key));
  draw(changed);
}

function grow() {
  const left = SUMS.map(() => new Map());
  for (const [key, letters] of target) {
    const more = letters - (shown.get(key) ?? 0);
    if (more) left[SUMS.findIndex((of) => of.test(key))]?.set(key, more);
  }
  const sums = left.map((members) => [...members.values()].reduce((all, one) => all + one, 0));
  const onlyGrows = left.every((members) => [...members.values()].every((one) => one > 0));
  if (!onlyGrows || sums.some((sum) => sum !== sums[0]) || stillness.matches || document.hidden) return jump();
  leap((key) => !SUMS.some((of) => of.test(key)));  // such as events, of which only some are on the page
  const isIdle = growth === null;
  const began = performance.now();
  // When the next frame comes this one is shown: else many a second would leave the picture ever behind.
  growth = { left, units: sums[0], done: 0, began, takes: Math.max(1, Math.min(GROW_MS, 1.2 * (began - grownAt))) };
  grownAt = began;
  if (isIdle) requestAnimationFrame(step);
}

function step(now) {
  if (growth === null) return;
  const share = Math.min(1, Math.max(0, now - growth.began) / growth.takes);
  if (share === 1) return jump();
  const units = Math.floor(growth.units * share) - growth.done;
  growth.done += units;
  draw(growth.left.flatMap((left) => spread(left, units)));
  requestAnimationFrame(step);
}

// Each member gets its share of the units, at most what it still has to grow; the shares sum to the units.
function spread(left, units) {
  let total = [...left.values()].reduce((all, one) => all + one, 0);
  const changed = [];
  for (const [key, mine] of left) {
    const part = total ? Math.round((mine * units) / total) : 0;
    units -= part;
    total -= mine;
    if (part) {
      left.set(key, mine - part);
      shown.set(key, (shown.get(key) ?? 0) + part);
      changed.push(key);
    }
  }
  return changed;
}

/* What the stream says. */

let isConnected = true;  // until the first attempt has failed
let ageSeconds = facts.age_seconds;
let source = null;
let triedAt = mark();

function takeTotals(said, isWhole) {
  const letters = new Map(said.totals.map((one) => [`${one.scope}/${one.member}`, one.letters]).filter(([key]) => WATCHED.test(key)));
  if (isWhole) for (const key of target.keys()) if (!letters.has(key)) letters.set(key, 0);
  const fallen = [...letters].map(([key, now]) => [key, now - (target.get(key) ?? 0)]).filter(([, by]) => by < 0);
  for (const [key, now] of letters) target.set(key, now);
  if (isKnown && fallen.length) tellCorrection(fallen, said.as_of);
  if (isKnown && !fallen.length) grow();
  else jump();
  if (isWhole) for (const code of shapes.keys()) shade(code, Math.max(0, shown.get(placeOf(code)) ?? 0), cells.get(placeOf(code)));
  isKnown = true;
  setText(find("how-many"), number.format([...target].filter(([key, one]) => one > 0 && key.startsWith(SHADED) && !key.endsWith("ZZ")).length));
  document.dispatchEvent(new Event("counted"));
}

// A correction shows at once, as lower, and in words: of a case rather than of a country, of the largest fall.
function tellCorrection(fallen, asOf) {
  const order = (key) => ["case-country", "case", "country", "event", "world"].indexOf(scopeOf(key));
  const [key, by] = fallen.sort((one, other) => order(one[0]) - order(other[0]) || one[1] - other[1])[0];
  const line = find("correction");
  setText(line, `${fill(words.corrected, { name: apart(nameOf(key)), number: apart(number.format(by)) })} ${apart(`(${clock(new Date(asOf), facts.time_zone)})`)}`);
  for (const [lowered] of fallen) {
    cells.get(lowered)?.classList.add("lowered");
    setTimeout(() => cells.get(lowered)?.classList.remove("lowered"), 6000);
  }
}

function takeAsOf(said) {
  const moment = new Date(said.as_of);
  find("as-of").dateTime = said.as_of;
  setText(find("as-of"), `${day.format(moment)}, ${apart(clock(moment, facts.time_zone))}`);
  const here = clock(moment);
  setText(find("as-of-here"), here === clock(moment, facts.time_zone) ? "" : ` (${fill(words.here, { clock: apart(here) })})`);
  ageSeconds = said.age_seconds;
  serverTold = { ms: moment.getTime() + said.age_seconds * 1000, at: mark() };
  isConnected = true;
  sayNewness();
}

function sayNewness() {
  const age = ageSeconds === null ? Infinity : ageSeconds + since(serverTold.at) / 1000;
  const status = find("status");
  let said = words.live;
  if (age === Infinity) said = status.textContent;  // counted again, as the page says
  else if (!isConnected) said = words.lost;
  else if (age > facts.stale_seconds) said = fill(words.stale, { age: inWords(age) });
  status.classList.toggle("alarm", said !== words.live);
  setText(status, said);  // said aloud only when it changes
}

function inWords(seconds) {
  if (seconds < 120) return ago.format(-Math.round(seconds / 10) * 10, "second");
  return seconds < 7200 ? ago.format(-Math.round(seconds / 60), "minute") : ago.format(-Math.round(seconds / 3600), "hour");
}

/* How fast letters come. */

function takeRates(said) {
  if (!find("rates")) return;
  const numbers = { today: said.today.letters, "last-minute": said.last_minute.letters, "last-hour": said.last_hour, "previous-hour": said.previous_hour };
  for (const [id, letters] of Object.entries(numbers)) setText(find(id), told(letters));
  find("rates").hidden = false;
  drawCurve(said.curve);
  if (!said.latest) return;  // of one place
  list("latest", said.latest.map((one) => [nameOf(`country/${one.country}`), one.letters, clock(new Date(one.minute), facts.time_zone, true)]));
  for (const scope of ["country", "case"]) {
    list(`moved-${scope}`, said.moved[scope].filter((one) => one.letters > 0).map((one) => [nameOf(`${scope}/${one.member}`), one.letters]));
  }
}

function list(id, lines) {
  const section = find(id);
  section.hidden = lines.length === 0;
  section.querySelector("ol").replaceChildren(...lines.map(([name, letters, moment]) => {
    const line = find("new-line").content.firstElementChild.cloneNode(true);
    line.querySelector("bdi").textContent = name;
    line.querySelector(".n").textContent = told(letters);
    if (moment) line.append(Object.assign(document.createElement("time"), { textContent: moment }));
    return line;
  }));
}

function drawCurve(curve) {
  const [begins, most] = curve.reduce((one, other) => (other[1] > one[1] ? other : one), ["", 0]);
  const height = (letters) => +(40 - (40 * Math.max(0, letters)) / most).toFixed(2);
  const path = most ? `M0 40${curve.map(([, letters], step) => `V${height(letters)}H${step + 1}`).join("")}V40Z` : "";
  find("curve").setAttribute("d", path);
  find("curve").closest("figure").hidden = !most;  // a picture of nothing has no name
  setText(find("curve-said"), most ? fill(words.curve, { number: number.format(most), clock: clock(new Date(begins), facts.time_zone, true) }) : "");
}

/* The table's order, the day's way, and the connection. */

function sort() {
  const body = find("countries");
  const chosen = body?.closest("table").querySelector("th:not([aria-sort=none]) a")?.dataset.sort;
  if (!chosen) return;
  const by = (one) => target.get(`${one.dataset.scope}/${one.dataset.member}`) ?? 0;
  const rows = [...body.rows].sort((one, other) =>
    one.dataset.member.endsWith("ZZ") - other.dataset.member.endsWith("ZZ")
    || (chosen === "letters" ? by(other) - by(one) : 0)
    || collator.compare(one.cells[0].textContent, other.cells[0].textContent));
  if (rows.some((row, place) => body.rows[place] !== row)) body.append(...rows);
}

for (const link of document.querySelectorAll("a[data-sort]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    for (const head of link.closest("tr").cells) head.ariaSort = "none";
    link.closest("th").ariaSort = link.dataset.sort === "name" ? "ascending" : "descending";
    sort();
  });
}

function turnDay() {
  if (!facts.day) return;
  const now = serverNow();
  const phase = now < facts.day.begins ? "coming" : now < facts.day.ends ? "now" : "over";
  setText(find("day-said"), facts.day.whole[phase]);
  for (const place of find("day").children) {
    const today = new Intl.DateTimeFormat("en-CA", { timeZone: place.dataset.zone }).format(now);
    place.className = today < facts.day.date ? "coming" : today === facts.day.date ? "now" : "over";
    setText(place.querySelector("time"), clock(now, place.dataset.zone, true));
    setText(place.querySelector(".phase"), facts.day.here[place.className]);
  }
}

// A connection may be dead without a word of it; after a long silence another is tried.
function listenAgain() {
  if (Math.min(since(serverTold.at), since(triedAt)) > facts.stale_seconds * 1000) connect();
}

function connect() {
  source?.close();
  triedAt = mark();
  const asked = new URLSearchParams([["campaign", facts.campaign], ...SCOPES.map((scope) => ["scope", scope])]);
  source = new EventSource(`${facts.root}v1/live?${asked}`);
  const take = (isWhole) => (event) => {
    const said = JSON.parse(event.data);
    takeTotals(said, isWhole);
    takeAsOf(said);
  };
  source.addEventListener("snapshot", take(true));
  source.addEventListener("totals", take(false));
  source.addEventListener("rates", (event) => facts.pace || takeRates(JSON.parse(event.data)));
  source.addEventListener("open", () => {
    isConnected = true;
    sayNewness();
  });
  source.addEventListener("error", () => {
    isConnected = false;
    sayNewness();
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000 + Math.random() * 3000);
  });
}

setInterval(() => [sayNewness, listenAgain, sort, turnDay].forEach((look) => look()), 1000);
connect();
