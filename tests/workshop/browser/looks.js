// What a browser makes of the page: each function returns what is amiss, in words.

// Elements that stand out of the screen, or whose words stand out of them. What scrolls may hold more than
// it shows.
window.crowded = () => {
  const wide = document.documentElement.clientWidth,
    found = [];
  if (document.documentElement.scrollWidth > wide)
    found.push(`page: ${document.documentElement.scrollWidth}`);
  for (const one of document.body.querySelectorAll("*")) {
    if (!one.checkVisibility() || one.closest("svg, .unseen, option, .uplot, .bar")) continue;
    const style = getComputedStyle(one),
      words = `${one.tagName} ${one.id || one.className}: ${one.textContent.slice(0, 50)}`;
    if (style.clipPath !== "none") continue;
    const box = one.getBoundingClientRect();
    if (box.width && (box.right > wide + 1 || box.left < -1)) found.push(`off the screen ${words}`);
    if (one.clientWidth && one.scrollWidth > one.clientWidth + 1 && style.display !== "inline")
      found.push(`too wide ${words}`);
    const frame =
      style.overflowY === "hidden" || one.matches("#head, .team, #chart, .low, .happened, #board");
    if (frame && one.clientHeight && one.scrollHeight > one.clientHeight + 3) found.push(`too high ${words}`);
    if (style.textOverflow === "ellipsis") found.push(`cut ${words}`);
  }
  return found;
};

// Words that lie over each other or over a control: each text of its own element against all others, but for what is
// meant to lie above what scrolls beneath it.
window.covered = () => {
  const fixed = (one) =>
    one && ((getComputedStyle(one).position === "fixed" && one.tagName !== "DIALOG") || fixed(one.parentElement));
  const within = document.querySelector("dialog[open]") ?? document.body;
  const lines = [];
  for (const one of within.querySelectorAll("*")) {
    if (!one.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (one.closest("svg, .unseen, option, select") || fixed(one)) continue;
    if (within === document.body && one.closest("dialog")) continue;
    for (const node of one.childNodes) {
      if (node.nodeType !== 3 || !node.data.trim()) continue;
      const range = document.createRange();
      range.selectNode(node);
      const frame = one.closest(".tune")?.getBoundingClientRect();
      for (const box of range.getClientRects()) {
        // What is scrolled out of its frame is not seen.
        if (!frame || (box.bottom <= frame.bottom + 1 && box.top >= frame.top - 1)) lines.push({ one, box });
      }
    }
  }
  const found = new Set();
  const meet = (one, other) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 &&
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1;
  for (const control of within.querySelectorAll("button, input, select")) {
    if (!control.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (fixed(control) || (within === document.body && control.closest("dialog"))) continue;
    const frame = control.closest(".tune")?.getBoundingClientRect();
    const there = control.getBoundingClientRect();
    if (frame && (there.bottom > frame.bottom + 1 || there.top < frame.top - 1)) continue;
    for (const { one, box } of lines)
      if (!control.contains(one) && meet(box, there))
        found.add(`${one.textContent.slice(0, 40)} / ${control.id || control.ariaLabel || control.textContent}`);
  }
  lines.forEach(({ one, box }, i) => {
    for (const { one: other, box: there } of lines.slice(i + 1)) {
      if (one === other) continue;
      const across = Math.min(box.right, there.right) - Math.max(box.left, there.left);
      const down = Math.min(box.bottom, there.bottom) - Math.max(box.top, there.top);
      if (across > 1 && down > 5) found.add(`${one.textContent.slice(0, 40)} / ${other.textContent.slice(0, 40)}`);
    }
  });
  return [...found];
};

// Words below a height in pixels.
window.tiny = (least) => {
  const found = new Set();
  for (const one of document.body.querySelectorAll("*")) {
    if (!one.checkVisibility() || one.closest("svg, .unseen")) continue;
    const words = [...one.childNodes]
      .filter((node) => node.nodeType === 3)
      .map((node) => node.data)
      .join("")
      .trim();
    const size = parseFloat(getComputedStyle(one).fontSize);
    if (words && size < least - 0.01) found.add(`${words.slice(0, 40)}: ${size}`);
  }
  return [...found];
};

// Move a slider through values; milliseconds from each input event to the frame after the picture was drawn.
window.slide = async (range, values) => {
  const stage = document.getElementById("stage"),
    times = [];
  for (const value of values) {
    const before = stage.dataset.state,
      since = performance.now();
    range.value = value;
    range.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => {
      const look = () => requestAnimationFrame(stage.dataset.state === before ? look : done);
      look();
    });
    times.push(performance.now() - since);
  }
  return times;
};

// Frames a second, over some seconds.
window.framesPerSecond = (seconds) =>
  new Promise((done) => {
    let frames = 0;
    const since = performance.now();
    const count = (now) => {
      frames += 1;
      if (now - since < seconds * 1000) requestAnimationFrame(count);
      else done(frames / ((now - since) / 1000));
    };
    requestAnimationFrame(count);
  });

// What tells of the year, as far as it can be seen.
window.results = () =>
  [...document.querySelectorAll("canvas, .share, #verdict, .causes, .reps, #board")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }))
    .map((one) => one.className || one.id || one.tagName);

const called = (one) => one.id || one.ariaLabel || one.textContent;

// All that a keyboard must reach, by name.
window.controls = () =>
  [...document.querySelectorAll("button, select, input, a[href]")]
    .filter((one) => one.checkVisibility() && !one.disabled)
    .map(called);

// What has the focus, and how that shows.
window.focused = () => {
  const one = document.activeElement;
  return [called(one), getComputedStyle(one.closest(".strategy") ?? one).outlineStyle];
};

// Coloured pixels of the plot of lines that lie to the right of a week of 52.
window.inkAfter = (week) => {
  const canvas = document.querySelector("#lines canvas"),
    here = canvas.getBoundingClientRect();
  const over = document.querySelector("#lines .u-over").getBoundingClientRect(),
    scale = canvas.width / here.width;
  const left = (over.left - here.left + (over.width * week) / 52) * scale,
    width = ((over.width * (51 - week)) / 52) * scale;
  // A copy is read: a canvas that is read slows down, and the browser says so.
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy
    .getImageData(left, (over.top - here.top) * scale, width, over.height * scale);
  let inked = 0;
  for (let i = 0; i < data.length; i += 4) {
    const colour = [data[i], data[i + 1], data[i + 2]];
    if (data[i + 3] > 0 && Math.max(...colour) - Math.min(...colour) > 40) inked += 1;
  }
  return inked;
};
