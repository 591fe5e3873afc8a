
// Turns slides by key, and makes what is long small enough, down to half.
const slides = [...document.querySelectorAll("section")];
const steps = {
  ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, Enter: 1,
  ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Backspace: -1,
  Home: -Infinity, End: Infinity,
};

function shown() {
  const middles = slides.map((slide) => Math.abs(slide.getBoundingClientRect().top));
  return middles.indexOf(Math.min(...middles));
}

function turn(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "f") {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
    return;
  }
  const step = event.shiftKey && event.key === " " ? -1 : steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const next = Math.max(0, Math.min(slides.length - 1, shown() + step));
  slides[next].scrollIntoView();
}

function fit() {
  for (const sheet of document.querySelectorAll(".sheet")) {
    const inner = sheet.querySelector(".fit");
    for (let share = 1; share > 0.5; share -= 0.05) {
      inner.style.setProperty("--fit", share.toFixed(2));
      if (inner.scrollHeight <= inner.clientHeight + 1) break;
    }
  }
}

document.addEventListener("keydown", turn);
addEventListener("resize", fit);
addEventListener("load", fit);
