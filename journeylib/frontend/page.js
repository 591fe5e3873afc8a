// The viewer of the page of a map: zoom, and the details of what is chosen.

import { light, partsOf, step } from "./parts.js";
import { Viewport } from "./viewport.js";

const LIT = ["activity", "others", "move"];
const svg = document.querySelector("#map > svg");
const panel = document.getElementById("details");
document.body.classList.add("live");
svg.removeAttribute("style");
const parts = partsOf(svg);
const port = new Viewport(svg);

function tell(id) {
  const source = document.getElementById(`details-${id}`);
  if (!source) return;
  const copy = source.cloneNode(true);
  copy.removeAttribute("id");
  panel.replaceChildren(copy);
}
function choose(target) {
  const badge = target.closest("[data-finding]");
  const part = target.closest("g[data-kind]");
  light(svg, parts, part && LIT.includes(part.dataset.kind) ? part : null);
  if (badge) tell(`card-${badge.dataset.finding}`);
  else if (part) tell(part.id);
}
svg.addEventListener("click", (event) => {
  if (!port.dragged) choose(event.target);
});
svg.addEventListener("keydown", (event) => {
  const part = event.target.closest("g[data-kind]");
  if (event.key === "Enter" || event.key === " ") choose(event.target);
  else if (event.key === "Escape") light(svg, parts, null);
  else if (part && event.key.startsWith("Arrow")) step(parts, part, event.key)?.focus();
  else return;
  event.preventDefault();
});
document.getElementById("zoom-in").addEventListener("click", () => port.zoomIn());
document.getElementById("zoom-out").addEventListener("click", () => port.zoomOut());
document.getElementById("fit").addEventListener("click", () => port.set(port.home));
