"use strict";
(() => {
  // Light or dark as the system has it, until the button is pressed.
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const show = () => button.setAttribute("aria-pressed", String(dark()));
  try {
    const kept = localStorage.getItem("autograder-theme");
    if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  } catch { /* a file opened from disk may have no storage */ }
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    show();
    try { localStorage.setItem("autograder-theme", root.dataset.theme); } catch { /* as above */ }
  });
  system.addEventListener("change", show);
  show();
})();
