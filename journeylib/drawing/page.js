"use strict";
(() => {
  const svg = document.querySelector("#map > svg");
  const panel = document.getElementById("details");
  const whole = svg.viewBox.baseVal;
  const home = [whole.x, whole.y, whole.width, whole.height];
  let view = [...home];
  document.body.classList.add("live");
  svg.removeAttribute("style");

  const show = () => svg.setAttribute("viewBox", view.map((v) => v.toFixed(2)).join(" "));
  const at = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY);
    return point.matrixTransform(svg.getScreenCTM().inverse());
  };
  const zoom = (factor, x, y) => {
    const width = Math.min(Math.max(view[2] * factor, home[2] / 12), home[2] * 1.5);
    const ratio = width / view[2];
    view = [x - (x - view[0]) * ratio, y - (y - view[1]) * ratio, width, view[3] * ratio];
    show();
  };
  const zoomMiddle = (factor) => zoom(factor, view[0] + view[2] / 2, view[1] + view[3] / 2);
  const fit = () => { view = [...home]; show(); };

  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const point = at(event);
    zoom(Math.exp(event.deltaY * 0.0015), point.x, point.y);
  }, { passive: false });

  let grip = null;
  svg.addEventListener("pointerdown", (event) => { grip = { from: at(event), moved: false, id: event.pointerId }; });
  svg.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const point = at(event);
    const [dx, dy] = [point.x - grip.from.x, point.y - grip.from.y];
    if (!grip.moved && Math.hypot(dx, dy) < 4) return;
    if (!grip.moved) svg.setPointerCapture(grip.id);
    grip.moved = true;
    svg.classList.add("moving");
    view[0] -= dx;
    view[1] -= dy;
    show();
  });
  const release = () => { svg.classList.remove("moving"); setTimeout(() => { grip = null; }); };
  svg.addEventListener("pointerup", release);
  svg.addEventListener("pointercancel", release);

  const parts = [...svg.querySelectorAll("g[data-kind]")];
  const light = (part) => {
    svg.classList.toggle("focused", Boolean(part));
    const ends = part ? [part.dataset.source, part.dataset.target] : [];
    for (const other of parts) {
      const touches = part && (other === part || ends.includes(other.id) ||
        other.dataset.source === part.id || other.dataset.target === part.id);
      other.classList.toggle("near", Boolean(touches));
    }
    if (!part) return;
    for (const edge of parts.filter((p) => p.classList.contains("near") && p.dataset.source)) {
      for (const id of [edge.dataset.source, edge.dataset.target]) {
        document.getElementById(id)?.classList.add("near");
      }
    }
  };
  const tell = (id) => {
    const source = document.getElementById(`details-${id}`);
    if (!source) return;
    const copy = source.cloneNode(true);
    copy.removeAttribute("id");
    panel.replaceChildren(copy);
  };
  const choose = (target) => {
    const badge = target.closest("[data-finding]");
    const part = target.closest("g[data-kind]");
    light(part && ["activity", "others", "move"].includes(part.dataset.kind) ? part : null);
    if (badge) tell(`card-${badge.dataset.finding}`);
    else if (part) tell(part.id);
  };
  svg.addEventListener("click", (event) => { if (!grip?.moved) choose(event.target); });
  svg.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(event.target); }
    if (event.key === "Escape") light(null);
  });
  document.getElementById("zoom-in").addEventListener("click", () => zoomMiddle(0.75));
  document.getElementById("zoom-out").addEventListener("click", () => zoomMiddle(1 / 0.75));
  document.getElementById("fit").addEventListener("click", fit);
})();
