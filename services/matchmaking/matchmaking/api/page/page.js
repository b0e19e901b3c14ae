"use strict";

const PERIOD = 3000; // milliseconds; as often as a director counts

const unknown = "–";

function seconds(value) {
  if (value === undefined) return unknown;
  if (value < 10) return `${value.toFixed(1)} s`;
  if (value < 120) return `${Math.round(value)} s`;
  return `${Math.round(value / 60)} min`;
}

function cell(kind, ...content) {
  const made = document.createElement(kind);
  made.append(...content);
  return made;
}

function queue(waiting, most) {
  if (waiting === undefined) return [unknown];
  const meter = document.createElement("meter");
  meter.max = Math.max(most, 1);
  meter.value = waiting;
  meter.setAttribute("aria-hidden", "true");
  return [meter, String(waiting)];
}

function row(mode, most) {
  const made = document.createElement("tr");
  const name = cell("th", mode.mode, cell("small", `${mode.players} players`));
  name.scope = "row";
  made.append(
    name,
    cell("td", ...queue(mode.waiting, most)),
    cell("td", seconds(mode.typicalWait)),
    cell("td", mode.waiting ? seconds(mode.longestWait) : unknown),
    cell("td", mode.matches === undefined ? unknown : String(mode.matches)),
  );
  return made;
}

function show(status) {
  document.getElementById("cluster").textContent = status.cluster;
  const most = Math.max(...status.modes.map((mode) => mode.waiting ?? 0), 0);
  document.getElementById("modes").replaceChildren(...status.modes.map((mode) => row(mode, most)));
}

function say(text, bad) {
  const state = document.getElementById("state");
  state.textContent = text;
  state.classList.toggle("bad", bad);
}

async function look() {
  try {
    const answer = await fetch("v1/status", { signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error(`${answer.status}`);
    show(await answer.json());
    say(`as of ${new Date().toLocaleTimeString()}`, false);
  } catch (error) {
    say(`no answer (${error.message}): what is shown may be old`, true);
  }
  setTimeout(look, PERIOD);
}

look();
