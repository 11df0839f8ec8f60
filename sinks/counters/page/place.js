"use strict";

// What only the pages of one place have. The stream tells how fast letters of the whole campaign come; a place's own
// are asked for when its number has moved or a minute has turned, at most every few seconds.

const ASK_MS = 5000;
let askedFor = "";

async function askPace() {
  const now = `${[...target].filter(([key]) => SUMS[0].test(key))}/${Math.floor(serverNow() / 60000)}`;
  if (document.hidden || !isConnected || now === askedFor) return;
  try {
    const answer = await fetch(`${facts.root}${facts.pace}`);
    if (!answer.ok) return;
    takeRates(await answer.json());
    askedFor = now;
  } catch {
    // The stream is lost as well, and the page says so; asked again in a moment.
  }
}

function drawPlace() {
  const rank = find("rank");
  const countries = [...target].filter(([key, letters]) => /^country\/(?!ZZ)/.test(key) && letters > 0);
  const mine = Math.max(0, target.get(`country/${rank?.dataset.country}`) ?? 0);
  const above = countries.filter(([, letters]) => letters > mine).length;
  const isRanked = mine > 0 && rank?.dataset.country !== "ZZ";
  setText(rank, isRanked ? fill(words.rank, { rank: number.format(above + 1), count: number.format(countries.length) }) : "");
  for (const list of document.querySelectorAll("[data-milestones]")) {
    const letters = target.get(list.dataset.milestones) ?? 0;
    for (const one of list.children) one.querySelector("span").hidden = letters < Number(one.dataset.letters);
  }
}

document.addEventListener("counted", drawPlace);
if (facts.pace) setInterval(askPace, ASK_MS);
