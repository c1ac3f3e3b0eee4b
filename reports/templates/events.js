"use strict";
// A line an event, and their mean.
capshift.start(() => {
  const { data, colour, axis } = capshift;
  // With few events each has its colour and name; of many only the crowd can be seen.
  const few = data.lines.length <= 14, count = data.palette.length;
  const dash = (line, k) => (line.complete ? (few && k >= count ? "dash" : "solid") : "dot");
  const lines = data.lines.map((line, k) => ({
    type: "scatter", mode: "lines", name: line.session, y: line.wealth, showlegend: few,
    line: { color: few ? data.palette[k % count] : colour("--soft"), width: 1.2, dash: dash(line, k) },
    opacity: few ? 0.9 : Math.max(0.15, 0.6 - data.lines.length / 400),
    hovertemplate: `${line.session}, %{x} sessions: %{y:.3f}<extra></extra>`,
  }));
  const mean = {
    type: "scatter", mode: "lines", name: "mean of " + data.complete, y: data.mean,
    line: { color: colour("--ink"), width: 3.5 }, hovertemplate: "mean, %{x} sessions: %{y:.3f}<extra></extra>",
  };
  capshift.plot("paths", data.mean.length ? [...lines, mean] : lines, {
    margin: { l: 10, r: 22, t: 10, b: 10 }, hovermode: "closest", showlegend: true,
    shapes: [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: 1, y1: 1, line: { color: colour("--soft"), width: 1 } }],
    xaxis: axis({
      title: { text: "sessions after the event" }, range: [0, data.longest], tickvals: [0, ...data.horizons],
      ticklabeloverflow: "allow",
    }),
    yaxis: axis({ tickformat: ".2f", title: { text: "relative wealth" } }),
  });
});
