// The keys of the board; none of them reaches the program around it.

import { composing } from "./controls.js";

const typing = (node) => node.matches?.("input:not([type=range]), textarea, select, [contenteditable]");

function history(b, event) {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return false;
  if (key === "z") b.change(event.shiftKey ? "redo" : "undo");
  else if (key === "y") b.change("redo");
  else return false;
  return true;
}

const PLAIN = {
  n: (b) => b.newCard(),
  m: (b) => b.show(b.ui.main === "matrix" ? b.host.get("view").kind : "matrix"),
  "?": (b) => b.help(),
  "+": (b) => b.port()?.zoomIn(),
  "=": (b) => b.port()?.zoomIn(),
  "-": (b) => b.port()?.zoomOut(),
  0: (b) => b.port()?.fit(),
  Escape: (b) => b.escape(),
};

/** Listen on the board's root; gives what ends it. */
export function boardKeys(b) {
  const onKey = (event) => {
    event.stopPropagation();
    if (composing(event) || event.defaultPrevented || event.target.closest("dialog")) return;
    if (typing(event.target)) {
      if (event.key === "Escape") b.escape();
      return;
    }
    if (history(b, event)) {
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !PLAIN[event.key]) return;
    event.preventDefault();
    PLAIN[event.key](b);
  };
  const quiet = (event) => event.stopPropagation();
  b.root.addEventListener("keydown", onKey);
  for (const name of ["keyup", "keypress"]) b.root.addEventListener(name, quiet);
  return () => {
    b.root.removeEventListener("keydown", onKey);
    for (const name of ["keyup", "keypress"]) b.root.removeEventListener(name, quiet);
  };
}
