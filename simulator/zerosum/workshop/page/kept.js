// What this tab remembers over a reload: what the room has bet and seen. It ends with the tab.

const NAME = `zerosum ${location.pathname}`;

export function keepInTab(what) {
  try {
    sessionStorage.setItem(NAME, JSON.stringify(what));
  } catch {
    // A browser that keeps nothing keeps nothing; all else works.
  }
}

/** What was kept last; null if there is nothing. */
export function keptInTab() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME));
  } catch {
    return null;
  }
}
