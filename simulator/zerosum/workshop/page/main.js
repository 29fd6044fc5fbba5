// The page begins here: it finds its data, ties buttons and keys to the workshop, and draws frames.

import { readAddress } from "./address.js";
import { byId, make, say } from "./dom.js";
import { letGoAfterPointer, listen, showKeys } from "./keys.js";
import { live } from "./live.js";
import { fault } from "./notice.js";
import { carried, replay } from "./replay.js";
import { SIDES, withArm, withEqual } from "./state.js";
import { Workshop } from "./workshop.js";

/** Tie buttons and keys to what they do. */
function wire(shop) {
  const { span } = shop.setup.scenario;
  const table = [
    { id: "play", keys: [" "], shown: "Space", words: "play or pause", act: () => shop.toggle() },
    { id: "step", keys: ["ArrowRight"], shown: "→", words: "one week on", act: () => shop.stepBy(1) },
    { id: "back", keys: ["ArrowLeft"], shown: "←", words: "one week back", act: () => shop.stepBy(-1) },
    {
      id: "rewind",
      keys: ["Home"],
      shown: "Home",
      words: "back to week 0, settings stay",
      act: () => shop.seek(0),
    },
    { keys: ["End"], shown: "End", words: `to the end of the ${span}`, act: () => shop.seek(shop.weeks) },
    { id: "vote", keys: ["v"], words: "take bets: goes back to week 0", act: () => shop.vote() },
    {
      id: "many",
      keys: ["m"],
      words: `${shop.source.manyYears} different ${span}s`,
      act: () => shop.runMany(),
    },
    {
      id: "what-if",
      keys: ["t"],
      words: "what if: move the sliders",
      act: () => shop.whatIf(),
      engine: true,
    },
    {
      id: "equal",
      keys: ["e"],
      words: "what if all reps were equal?",
      act: () => shop.change(withEqual(shop.state, !shop.state.equal)),
      engine: true,
    },
    {
      id: "another",
      keys: ["y"],
      words: `another ${span}: the same with other random events`,
      act: () => shop.another(),
    },
    { id: "hide", keys: ["h"], words: "hide or reveal what happens", act: () => shop.hide() },
    {
      id: "link",
      keys: ["l"],
      words: "copy a link to these settings",
      act: () => shop.copyLink(),
      engine: true,
    },
    { id: "save", keys: ["s"], words: "save as a scenario file", act: () => shop.save(), engine: true },
    { id: "lessons", keys: ["n"], words: "lessons", act: () => shop.openLessons() },
    { keys: ["PageDown"], shown: "Page ↓", words: "next step of the lesson", act: () => shop.lesson.go(1) },
    { keys: ["PageUp"], shown: "Page ↑", words: "step before", act: () => shop.lesson.go(-1) },
    { id: "help", keys: ["?"], words: "these keys", act: () => showKeys(usable) },
  ];
  const usable = table.filter(({ engine }) => shop.source.live || !engine);
  for (const { id, act, engine } of table) {
    if (!id) continue;
    byId(id).onclick = act;
    if (engine && !shop.source.live) {
      byId(id).disabled = true;
      byId(id).title = "A replay has no engine: start “zerosum play” for this";
    }
  }
  listen(usable);
  letGoAfterPointer();
  const scrub = byId("scrub");
  scrub.max = shop.weeks;
  scrub.oninput = () => shop.seek(Number(scrub.value));
  byId("speed").onchange = (event) => {
    shop.clock.setSpeed(performance.now(), Number(event.target.value));
    shop.keep();
  };
  say(byId("many"), `${shop.source.manyYears || "Many"} ${span}s`);
  byId("many").title = `${shop.source.manyYears || "Many"} different ${span}s (M)`;
  say(byId("another"), `Another ${span}`);
  byId("many").disabled = !shop.source.manyYears;
  say(byId("week-of"), ` of ${shop.weeks}`);
  for (const side of SIDES) {
    const strategy = document.querySelector(`.side.${side} .strategy select`);
    strategy.replaceChildren(
      ...shop.setup.strategies.map(({ name, label }) => make("option", { value: name, textContent: label })),
    );
    strategy.disabled = !shop.source.live;
    strategy.onchange = () => shop.change(withArm(shop.state, side, strategy.value));
  }
}

/** Set what the address says, and go on where this tab stood. A replay's address says nothing: the tab alone knows. */
async function open(shop) {
  const { setup, source } = shop;
  const kept = shop.recall();
  const found = readAddress(location, setup);
  if (!source.live && !found.settled && found.lesson === null) {
    const { lesson, step, state } = kept ?? {};
    const opens = setup.lesson ? { lesson: setup.lesson } : {};
    const there = kept && source.yearsOf(state).includes(state.year);
    Object.assign(found, there ? { lesson, step, state, settled: true } : opens);
  }
  await shop.go(found, kept);
  shop.follow();
}

/** Draw a frame whenever the screen wants one. */
function animate(shop) {
  const scrub = byId("scrub");
  const frame = (now) => {
    const time = shop.clock.at(performance.now());
    shop.stage.frame(time, now);
    const week = String(Math.floor(time));
    if (scrub.value !== week) scrub.value = week;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

async function start() {
  const data = carried();
  const source = data ? replay(data) : live;
  try {
    const shop = new Workshop(source, await source.setup());
    shop.store.state = shop.setup.state;
    wire(shop);
    animate(shop);
    await open(shop);
  } catch (problem) {
    fault(problem);
  }
}

start();
