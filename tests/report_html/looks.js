// What a browser makes of a page: each function returns what is amiss, in words.

// Elements that stand out of the screen, or whose words stand out of them.
window.crowded = () => {
  const wide = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth > wide) found.push(`page: ${document.documentElement.scrollWidth}`);
  for (const one of document.body.querySelectorAll('*')) {
    if (one.closest('svg') && one.tagName !== 'svg') continue;
    if (one.closest('.unseen, .skip') || getComputedStyle(one).clipPath !== 'none') continue;
    if (one.closest('thead') && getComputedStyle(one.closest('thead')).clipPath !== 'none') continue;
    const box = one.getBoundingClientRect();
    if (box.width && (box.right > wide + 1 || box.left < -1)) found.push(`${one.tagName}: ${one.textContent.slice(0, 60)}`);
    if (one.clientWidth && one.scrollWidth > one.clientWidth + 1) found.push(`${one.tagName} inside: ${one.textContent.slice(0, 60)}`);
  }
  return found;
};

// Words of drawings that are cut by their frame or lie over each other.
window.colliding = (font) => {
  const found = [];
  for (const svg of document.querySelectorAll('svg[role=img]')) {
    svg.style.fontFamily = font;
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
    texts.forEach(([words, box], i) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
        found.push(`clipped: ${words}`);
      for (const [other, there] of texts.slice(i + 1)) {
        const across = Math.min(box.right, there.right) - Math.max(box.left, there.left);
        const down = Math.min(box.bottom, there.bottom) - Math.max(box.top, there.top);
        // Lines of text touch: ascenders and descenders have room of their own within their boxes.
        if (across > 1 && down > 4) found.push(`covered: ${words} / ${other}`);
      }
    });
  }
  return found;
};

// How many elements are folded away.
window.folded = () => {
  return [...document.querySelectorAll('details:not(.fold) > :not(summary)')]
    .filter(one => !one.checkVisibility({ contentVisibilityAuto: true })
      || one.getBoundingClientRect().height < 5).length;
};

// Words with a contrast below 4.5 to what is behind them.
window.pale = () => {
  const parts = colour => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = colour => parts(colour).slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const seen = new Map();
  const behind = one => {
    for (let at = one; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const note = (colour, ground, words) => {
    const found = ratio(colour, ground);
    if (found < 4.5) seen.set(`${colour} on ${ground}`, `${words.trim().slice(0, 40)}: ${found.toFixed(2)}`);
  };
  for (const one of document.body.querySelectorAll('*')) {
    if (one.closest('svg')) continue;
    const words = [...one.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join('');
    if (words.trim()) note(getComputedStyle(one).color, behind(one), words);
  }
  for (const text of document.querySelectorAll('svg text')) {
    const box = text.getBoundingClientRect();
    const under = document.elementsFromPoint(box.left + box.width / 2, box.top + box.height / 2)
      .find(one => one.tagName === 'path' && getComputedStyle(one).fill.startsWith('rgb'));
    note(getComputedStyle(text).fill, under ? getComputedStyle(under).fill : behind(text), text.textContent);
  }
  return [...seen.values()];
};

// Every element and its depth.
window.elements = () => {
  const found = [];
  const walk = (one, depth) => { found.push([one.localName.toLowerCase(), depth]); for (const child of one.children) walk(child, depth + 1); };
  walk(document.documentElement, 0);
  return found;
};
