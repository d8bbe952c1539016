"use strict";
// Without this script the tabs are links to sections that stand below each other.
(() => {
  const list = document.querySelector(".tabs");
  if (!list) return;
  const tabs = [...list.querySelectorAll("a")];
  const panels = tabs.map((tab) => document.getElementById(tab.hash.slice(1)));

  const select = (index, focus) => {
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === index));
      tab.tabIndex = i === index ? 0 : -1;
      panels[i].hidden = i !== index;
    });
    if (focus) tabs[index].focus();
  };
  const named = () => tabs.findIndex((tab) => tab.hash === location.hash);
  const choose = (index) => {
    select(index, true);
    history.replaceState(null, "", tabs[index].hash);
  };

  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", "Tracks");
  list.querySelectorAll("li").forEach((item) => item.setAttribute("role", "presentation"));
  tabs.forEach((tab, i) => {
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panels[i].id);
    panels[i].setAttribute("role", "tabpanel");
    panels[i].setAttribute("aria-labelledby", tab.id);
    panels[i].tabIndex = 0;
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      choose(i);
    });
    tab.addEventListener("keydown", (event) => {
      const last = tabs.length - 1;
      const to = {
        ArrowRight: i === last ? 0 : i + 1,
        ArrowLeft: i === 0 ? last : i - 1,
        Home: 0,
        End: last,
        " ": i,
      }[event.key];
      if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      choose(to);
    });
  });
  addEventListener("hashchange", () => named() >= 0 && select(named(), false));
  document.documentElement.classList.add("tabbed");
  select(Math.max(named(), 0), false);
})();
