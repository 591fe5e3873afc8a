// Light or dark, as JupyterLab or the system has it.

const system = () => matchMedia("(prefers-color-scheme: dark)");

/** The theme around the board now. */
export function themeNow() {
  const lab = document.body.dataset.jpThemeLight;
  if (lab !== undefined) return lab === "false" ? "dark" : "light";
  return system().matches ? "dark" : "light";
}

/** Call `tell(theme)` at each change; gives what ends it. */
export function watchTheme(tell) {
  let last = themeNow();
  const look = () => {
    const theme = themeNow();
    if (theme !== last) tell(theme);
    last = theme;
  };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  const media = system();
  media.addEventListener("change", look);
  return () => {
    observer.disconnect();
    media.removeEventListener("change", look);
  };
}
