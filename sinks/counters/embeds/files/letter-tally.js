// <letter-tally src="https://counters.example" campaign="..." scope="case" member="amara">: letters, as they are counted.
// It is served without comments and indentation, and with what it says while it has never heard from the counter.
const unheard = $unheard;
const style = new CSSStyleSheet();
style.replaceSync(`
:host { display: block; container-type: inline-size; padding: .75em; font: 1em/1.4 system-ui, sans-serif; color-scheme: light dark; color: light-dark(#1a1a1a, #f2f0e6); background: light-dark(#fffef8, #16161a) }
:host([theme=light]) { color-scheme: light }
:host([theme=dark]) { color-scheme: dark }
[hidden] { display: none }
p { margin: 0; overflow-wrap: anywhere }
[part=number] { color: light-dark(#14532d, #a7e3bd); font: bold clamp(1.5rem, 16cqi, 4.5rem)/1.2 system-ui; font-variant-numeric: tabular-nums }
[part=as-of] { font-size: .8125em }`);

// One stream for all elements of a campaign and scope: a browser opens six connections to a server, no more.
const streams = {};

// The age grows by this clock's differences only: whether it is set right does not matter.
const heardOf = ({ as_of, age_seconds }) => ({ as_of, madeAt: Date.now() - age_seconds * 1000 });

function follow(url, element) {
  const stream = streams[url] ??= open(url), { members, elements, heard } = stream;
  elements.add(element);
  if (heard) element.take(members[element.member] ?? 0, heard);
  return () => {
    elements.delete(element);
    if (!elements.size) stream.end();
  };
}

function open(url) {
  const source = new EventSource(url), elements = new Set();
  const stream = { elements, members: {}, end() { source.close(); delete streams[url]; } };
  const take = ({ type, data }) => {
    const said = JSON.parse(data);
    if (type === "snapshot") stream.members = {};
    for (const { member, letters } of said.totals) stream.members[member] = letters;
    stream.heard = heardOf(said);
    for (const one of elements) one.take(stream.members[one.member] ?? 0, stream.heard);
  };
  for (const name of ["snapshot", "totals"]) source.addEventListener(name, take);
  source.onerror = () => {
    stream.end();
    for (const one of elements) one.again();
  };
  return stream;
}

customElements.define("letter-tally", class extends HTMLElement {
  static observedAttributes = ["src", "campaign", "scope", "member", "lang"];
  turn = 0;

  connectedCallback() {
    this.stop();
    if (!this.shadowRoot) this.draw();
    this.known = this.told = this.problem = null;
    this.language = this.closest("[lang]")?.lang || navigator.language;
    this.member = this.getAttribute("member") || "all";
    this.clock = setInterval(() => this.say(), 1000);
    this.ask();
  }

  disconnectedCallback() { this.stop(); }

  attributeChangedCallback() { if (this.clock) this.connectedCallback(); }

  stop() {
    this.turn++;
    [this.clock, this.retry].forEach(clearTimeout);
    this.leave?.();
    this.clock = this.retry = this.leave = null;
  }

  draw() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    this.parts = ["", "label", "number", "as-of", "status"].map((part) => {
      const made = root.appendChild(document.createElement(part ? "p" : "slot"));
      made.part = part;
      return made;
    });
    this.parts[4].setAttribute("role", "status");
  }

  async ask() {
    const { turn, language, member } = this;
    const [src, campaign, scope] = ["src", "campaign", "scope"].map((name) => this.getAttribute(name) ?? "");
    const root = src.replace(/\/$/, ""), query = "?" + new URLSearchParams({ campaign, scope, lang: language });
    this.askedAt = Date.now();
    this.retry = null;
    try {
      // What a cache has kept would say how old it was then.
      const answer = await fetch(`${root}/embed/${scope}/${encodeURIComponent(member)}.json${query}`, { cache: "no-store" });
      const said = await answer.json();
      if (turn !== this.turn) return;
      this.problem = answer.status < 500 && said.detail;
      if (!answer.ok) throw said;
      this.told = said;
      if (!(said.as_of < this.known?.as_of)) this.take(said.letters, heardOf(said));
      this.leave = follow(`${root}/v1/live${query}`, this);
    } catch {
      if (turn !== this.turn) return;
      this.isLost = true;
      this.say();
      this.again();
    }
  }

  // Asks once more: where no stream comes through, this is polling.
  again() {
    this.leave = null;
    const wait = this.askedAt + (this.problem ? 60000 : 5000) - Date.now();
    this.retry ??= setTimeout(() => this.ask(), Math.max(0, wait) + Math.random() * 1000);
  }

  take(letters, heard) {
    this.known = { letters, ...heard };
    this.isLost = false;
    this.say();
  }

  say() {
    const { told, known, problem, language } = this, now = Date.now();
    const isStale = known && now - known.madeAt > told.stale_after_seconds * 1000;
    const lost = told?.words.lost ?? unheard[language.slice(0, 2)] ?? unheard.en;
    const said = [, "", "", "", problem || (this.isLost ? lost : isStale ? told.words.stale : "")];
    if (known) {
      const write = (format, options, value) => new format(told.locale, options).format(value);
      const moment = write(Intl.DateTimeFormat, { dateStyle: "medium", timeStyle: "long" }, new Date(known.as_of));
      said[1] = told.label;
      said[2] = write(Intl.NumberFormat, { useGrouping: true }, Math.max(0, known.letters));
      said[3] = told.words.as_of.replace("%(moment)s", moment);
    }
    this.parts.forEach((part, place) => {
      part.hidden = place ? !said[place] : known;
      if (!place || part.textContent === said[place]) return;
      part.dir = told?.direction;
      part.textContent = said[place];
    });
    if (isStale && now > this.askedAt + 60000) {
      this.leave?.();
      this.again();
    }
  }
});
