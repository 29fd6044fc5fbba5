// Elements, made and found in one way.

/** The element with this id; a missing one is a fault of the page, and is said at once. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found;
}

/**
 * Make an element.
 *
 * @param {string} tag
 * @param {Object} attributes  set as properties where there is such a property (`textContent`,
 *     `onclick`), else as attributes
 * @param {...(Node|string)} children
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/**
 * Change the text only where it differs: a browser lays out anew what is written to, even if it is the
 * same.
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** "1 customer", "2 customers". */
export function counted(n, one, more = `${one}s`) {
  return `${n.toLocaleString("en")} ${n === 1 ? one : more}`;
}
