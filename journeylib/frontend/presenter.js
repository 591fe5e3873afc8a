// Full screen on the board's own root: a fixed element would be trapped in the panel of JupyterLab.

/** Enter or leave presenting; where the browser refuses, the board presents within its frame. */
export async function present(b, on) {
  const { fullscreenElement } = document;
  try {
    if (on) await b.root.requestFullscreen();
    else if (fullscreenElement) await document.exitFullscreen();
  } catch {
    if (on) b.say(b.t("no_fullscreen"));
  }
  set(b, on);
}

function set(b, on) {
  if (b.ui.presenting === on) return;
  Object.assign(b.ui, { presenting: on, panel: !on && b.ui.beside, beside: b.ui.panel });
  b.refresh();
  b.after(() => {
    b.root.querySelector(on ? '[data-do="leave"]' : '[data-do="present"]')?.focus();
  });
}

/** Follow the browser when Esc leaves the full screen; gives what ends it. */
export function watchFullscreen(b) {
  const look = () => {
    const inside = document.fullscreenElement;
    if (!inside || !(inside === b.root || inside.contains(b.root))) set(b, false);
  };
  document.addEventListener("fullscreenchange", look);
  return () => document.removeEventListener("fullscreenchange", look);
}
