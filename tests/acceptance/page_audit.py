"""What a page must have for everybody who reads it, asked in the browser that shows it.

The trap: what a style sheet says is not what is seen. Contrast is computed of the colours that the
browser came to, through every ancestor's background.
"""

from __future__ import annotations

#: An expression: a list of sentences, one for each thing that is wrong.
AUDIT = r"""
(() => {
  const problems = [];
  const say = (element, what) => {
    const text = (element.textContent || element.getAttribute("aria-label") || "").trim();
    problems.push(`${element.tagName.toLowerCase()} "${text.slice(0, 40)}": ${what}`);
  };
  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = (element) => element.checkVisibility() && element.getClientRects().length > 0;

  // ---- Contrast (WCAG AA): 4.5 to 1 for text, 3 to 1 for the edges of controls
  const channels = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) =>
    [r, g, b]
      .map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  let measured = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !seen(element)) continue;
    if (element.closest(".hidden, title, desc, option, script, style")) continue;
    const style = getComputedStyle(element);
    const svg = element.closest("svg");
    const box = svg && element.closest("a") ? element.closest("a").querySelector("rect") : null;
    const under = box ? channels(getComputedStyle(box).fill) : ground(svg || element);
    const ratio = contrast(channels(svg ? style.fill : style.color), under);
    measured++;
    if (ratio < 4.5) say(element, `contrast ${ratio.toFixed(2)}`);
  }
  if (measured === 0) problems.push("no text was measured");
  for (const control of all("input:not([type=hidden]), select, textarea")) {
    if (!seen(control)) continue;
    const ratio = contrast(channels(getComputedStyle(control).borderTopColor), ground(control));
    if (ratio < 3) say(control, `its edge has a contrast of ${ratio.toFixed(2)}`);
  }

  // ---- Structure
  const one = (selector) => {
    if (all(selector).length !== 1) problems.push(`${all(selector).length} of ${selector}`);
  };
  ["h1", "main", "header", "nav[aria-label='Pages']", "head > title"].forEach(one);
  if (all("body > :not(main):not(header):not(.skip):not(footer)").length)
    problems.push("there is something outside of all landmarks");
  const levels = all("h1, h2, h3, h4, h5, h6").map((heading) => Number(heading.tagName[1]));
  levels.forEach((level, at) => {
    const before = at ? levels[at - 1] : 0;
    if (level > before + 1) problems.push(`a heading ${level} after ${before}`);
  });
  const ids = all("[id]").map((element) => element.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => problems.push(`two #${id}`));
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "for"])
    for (const element of all(`[${name}]`))
      for (const id of element.getAttribute(name).split(" "))
        if (!document.getElementById(id)) say(element, `${name} leads nowhere: ${id}`);
  for (const table of all("table")) {
    if (!table.caption) say(table, "no caption");
    table.querySelectorAll("th").forEach((head) => head.scope || say(head, "no scope"));
  }
  for (const control of all("input:not([type=hidden]), select, textarea"))
    if (!control.labels.length) say(control, "no label");
  for (const link of all("a[href], button"))
    if (!(link.getAttribute("aria-label") || link.textContent).trim()) say(link, "no name");
  for (const region of all("[role=region], nav, [role=search]"))
    if (!region.hasAttribute("aria-label") && !region.hasAttribute("aria-labelledby"))
      say(region, "no name");
  for (const box of all(".scroll"))
    if (box.scrollWidth > box.clientWidth && box.tabIndex !== 0) say(box, "no key scrolls it");

  // ---- Safety, and room
  for (const link of all("[href], [action]")) {
    const to = link.getAttribute("href") ?? link.getAttribute("action");
    if (new URL(to, location).origin !== location.origin) say(link, `leads to ${to}`);
  }
  if (document.documentElement.scrollWidth > innerWidth)
    problems.push(`${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`);
  if (window.owned !== undefined) problems.push("a script of an attacker ran");
  return problems;
})()
"""
