"use strict";
// The accounts, and each window's choice in sample and out of sample.
capshift.start(() => {
  const { data, colour, axis, plot, plain } = capshift;
  const looks = [
    { color: colour("--rule"), width: 2.5 }, { color: "#7F7F7F", width: 1.6 },
    { color: colour("--average"), width: 1.4, dash: "dash" },
  ];
  const lines = data.accounts.map((one, k) => ({
    type: "scatter", mode: "lines", name: plain(one.name), x: data.dates, y: one.equity, line: looks[k],
    hovertemplate: "%{y:,.0f}",
  }));
  const changes = data.tests.map((day) => ({
    type: "line", x0: day, x1: day, yref: "paper", y0: 0, y1: 1, line: { color: colour("--line"), width: 1, dash: "dot" },
  }));
  plot("growth", lines, {
    shapes: changes, xaxis: axis({ type: "date", hoverformat: "%Y-%m-%d" }),
    yaxis: axis({ type: "log", dtick: "D2", tickformat: ",.0f", title: { text: "dollars" } }),
  });
  const bars = [
    ["in sample", data.in_sample, colour("--soft")], ["out of sample", data.out_of_sample, colour("--rule")],
    ["median of all variants, out of sample", data.median, colour("--large")],
  ];
  plot("samples", bars.map(([name, y, color]) => ({
    type: "bar", name, x: data.tests, y, marker: { color }, hovertemplate: "%{y:.3f}",
  })), {
    barmode: "group", xaxis: axis({ type: "category", title: { text: "first session of the test" } }),
    yaxis: axis({ title: { text: data.label } }),
  });
});
