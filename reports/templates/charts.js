"use strict";
// What all charts share: the page's data, colours, layout, the stamp, and when to draw again.
const capshift = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // Plotly reads markup in names, and gets none.
  const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const narrow = () => innerWidth < 640;
  const cut = (text, length) => (text.length > length ? text.slice(0, length - 1).trimEnd() + "…" : text);
  const broken = (text, length) => {
    const lines = [""];
    for (const word of text.split(" ")) {
      const last = lines[lines.length - 1];
      if (last && last.length + 1 + word.length > length) lines.push(word);
      else lines[lines.length - 1] = last ? `${last} ${word}` : word;
    }
    const shown = lines.slice(0, 3).map((line) => cut(line, length));
    if (lines.length > 3) shown[2] = cut(shown[2], length - 1).replace(/…?$/, "…");
    return shown.map(plain).join("<br>");
  };
  const stamp = () => (data.stamp ? [{
    text: data.stamp, xref: "paper", yref: "paper", x: 0.5, y: 0.5, showarrow: false, textangle: -12, opacity: 0.18,
    font: { size: Math.min(72, innerWidth / 9), color: colour("--ink") },
  }] : []);
  const axis = (more) => ({
    automargin: true, gridcolor: colour("--line"), linecolor: colour("--line"), zerolinecolor: colour("--line"), ...more,
  });
  const layout = (more) => ({
    paper_bgcolor: colour("--paper"), plot_bgcolor: colour("--paper"),
    font: { color: colour("--ink"), size: 13, family: getComputedStyle(document.body).fontFamily },
    margin: { l: 10, r: 10, t: 10, b: 10 }, hovermode: "x unified",
    legend: { orientation: "h", yref: "container", y: 0, yanchor: "bottom", maxheight: 1, font: { size: 12 } },
    hoverlabel: { bgcolor: colour("--panel"), bordercolor: colour("--line"), font: { color: colour("--ink") } },
    annotations: stamp(), ...more,
  });
  // A4 within its margins, in pixels: on paper a chart cannot ask how wide it is.
  const paper = matchMedia("print"), sheet = document.body.classList.contains("landscape") ? 1025 : 695;
  const size = () => (paper.matches ? { width: sheet, autosize: false } : { autosize: true });
  const plot = (id, traces, more) =>
    Plotly.react(id, traces, { ...layout(more), ...size() }, { responsive: true, displaylogo: false, displayModeBar: false });
  const start = (draw) => {
    if (typeof Plotly === "undefined") {
      document.getElementById("undrawn").hidden = false;
      document.querySelectorAll(".plot, .controls").forEach((one) => { one.hidden = true; });
      return;
    }
    draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    paper.addEventListener("change", draw);
  };
  return { data, colour, plain, narrow, cut, broken, stamp, axis, plot, start };
})();
