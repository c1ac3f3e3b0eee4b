"use strict";
// How all variants fared, with the best of them and hold-large.
capshift.start(() => {
  const { colour, axis, plot } = capshift, { selection } = capshift.data;
  if (!selection.counts.length) return;
  const marks = [[selection.best, "the best", 0], [selection.benchmark, "hold-large", 1]].filter(([x]) => x !== null);
  plot("distribution", [{
    type: "bar", x: selection.middles, y: selection.counts, width: selection.width, marker: { color: colour("--rule") },
    hovertemplate: "%{x:" + selection.format + "}: %{y:,} variants<extra></extra>", showlegend: false,
  }], {
    margin: { l: 10, r: 10, t: 44, b: 10 }, bargap: 0.05, hovermode: "closest",
    xaxis: axis({ zeroline: false, tickformat: selection.format, title: { text: selection.label } }),
    yaxis: axis({ title: { text: "variants" } }),
    shapes: marks.map(([x, _, row]) => ({
      type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1,
      line: { color: colour(row ? "--large" : "--average"), width: 2, dash: row ? "dash" : "solid" },
    })),
    annotations: [...capshift.stamp(), ...marks.map(([x, text, row]) => ({
      x, y: 1, yref: "paper", yanchor: "bottom", yshift: row * 16, text, showarrow: false, xanchor: "auto", bgcolor: colour("--paper"),
    }))],
  });
});
