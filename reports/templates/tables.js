"use strict";
// Tables that sort by a click or a key on a heading, and download as CSV.
(() => {
  const NUMBER = /^[-+]?(\d[\d,]*\.?\d*|\.\d+)(e[-+]?\d+)?( %)?\*?$/i;
  const words = (node) => node.textContent.replace(/\s+/g, " ").trim();
  const span = (cell) => cell.querySelector(".interval");
  const shown = (cell) => {
    const copy = cell.cloneNode(true);
    copy.querySelectorAll(".interval").forEach((one) => one.remove());
    return words(copy);
  };
  const value = (text) => {
    if (!NUMBER.test(text)) return null;
    const percent = text.endsWith("%");
    const number = Number(text.replace(/,/g, "").replace(/\*$/, "").replace(" %", ""));
    return percent ? Number((number / 100).toPrecision(12)) : number;
  };
  const order = (one, other) => {
    if (one.number !== null && other.number !== null) return one.number - other.number;
    return one.text.localeCompare(other.text, "en");
  };
  const sort = (table, column, button) => {
    const heading = button.closest("th"), falling = heading.getAttribute("aria-sort") === "descending";
    const body = table.tBodies[0], sign = falling ? 1 : -1;
    const rows = [...body.rows].map((row) => {
      const text = shown(row.cells[column]);
      return { row, text, number: value(text), none: text === "" || text === "n/a" };
    });
    // What is not known stays last, whichever way the rest goes.
    rows.sort((one, other) => one.none - other.none || sign * order(one, other));
    body.append(...rows.map((one) => one.row));
    table.querySelectorAll("thead th").forEach((one) => one.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", falling ? "ascending" : "descending");
  };
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  // A spreadsheet would run what begins like a formula.
  const inert = (text) => quoted(/^[=+\-@\t]/.test(text) ? `'${text}` : text);
  const field = (text) => {
    const number = value(text);
    return number === null ? inert(text) : String(number);
  };
  const csv = (table) => {
    const rows = [...table.tBodies[0].rows].map((row) => [...row.cells]);
    const heads = [...table.tHead.rows[0].cells].map(words);
    const spans = heads.map((_, column) => rows.some((row) => span(row[column])));
    const head = heads.flatMap((text, column) => (spans[column] ? [text, `${text}, interval`] : [text])).map(inert);
    const lines = rows.map((row) => row.flatMap((cell, column) => {
      const own = field(shown(cell));
      return spans[column] ? [own, span(cell) ? inert(words(span(cell))) : ""] : [own];
    }));
    return [head, ...lines].map((line) => line.join(",")).join("\n") + "\n";
  };
  const download = (table, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csv(table)], { type: "text/csv" }));
    link.download = `${name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const button = (label, title, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.append(label);
    if (title) made.title = title;
    made.addEventListener("click", () => act(made));
    return made;
  };
  document.querySelectorAll("main table").forEach((table, number) => {
    const region = table.closest(".scroll") || table, label = region.getAttribute("aria-label") || "table";
    const name = table.id || `table-${number + 1}`;
    const tools = document.createElement("p");
    tools.className = "tools";
    const save = button("CSV", `Download as CSV: ${label}. Percentages become fractions.`, () => download(table, name));
    save.setAttribute("aria-label", `Download as CSV: ${label}`);
    tools.append(save);
    region.before(tools);
    if (table.dataset.fixed !== undefined) return;
    table.querySelectorAll("thead th").forEach((heading, column) => {
      const label = words(heading), about = heading.querySelector("[title]");
      const sorting = button("", about ? about.title : `Sort by ${label || "name"}`, (made) => sort(table, column, made));
      sorting.className = "sort";
      sorting.append(...heading.childNodes);
      if (about) about.removeAttribute("title");
      heading.append(sorting);
    });
  });
})();
