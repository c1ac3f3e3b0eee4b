"use strict";
// The price with a rule's decisions on it, and its signal below.
capshift.start(() => {
  const { data, colour, axis, plain } = capshift;
  const LINES = [colour("--rule"), colour("--average"), "#009E73", "#CC79A7"];
  const panels = data.panels.length, gap = 0.05, price = 1.6 / (1.6 + panels);
  const height = panels ? (1 - price) / panels - gap : 0;
  const place = (k) => [1 - price - (k + 1) * (height + gap) + gap - gap, 1 - price - k * (height + gap) - gap];
  const line = (one, k, yaxis) => {
    const common = { name: plain(one.label), x: data.dates, y: one.values, xaxis: "x", yaxis, hovertemplate: `%{y:.5~g}<extra>${plain(one.label)}</extra>` };
    const look = { color: LINES[k % LINES.length], width: 1 };
    if (one.style === "bars") return { ...common, type: "bar", marker: { color: look.color, line: { width: 2, color: look.color } } };
    if (one.style === "dots") return { ...common, type: "scatter", mode: "markers", marker: { color: look.color, size: 5 } };
    return { ...common, type: "scatter", mode: "lines", line: { ...look, shape: one.style === "steps" ? "hv" : "linear" } };
  };
  const strip = (panel, yaxis) => panel.lines.map((one, k) => ({
    type: "scatter", mode: "lines", x: data.dates, y: one.values.map((value) => (value > 0.5 ? plain(one.label) : null)),
    xaxis: "x", yaxis, name: plain(one.label), showlegend: false, connectgaps: false, line: { color: LINES[k % LINES.length], width: 9 },
    hovertemplate: "%{x|%Y-%m-%d}: %{y}<extra></extra>",
  }));
  const traces = [{
    type: "scatter", mode: "lines", name: `${plain(data.symbol)}, close`, x: data.dates, y: data.close,
    line: { color: colour("--ink"), width: 1.1 }, hovertemplate: "%{y:,.2f}<extra>close</extra>",
  }, ...data.levels.map((one, k) => line(one, k, "y"))];
  for (const [more, symbol, color, name] of [[true, "triangle-up", "#009E73", "decides for more small caps"], [false, "triangle-down", "#D55E00", "decides for less"]]) {
    const at = data.turns.filter((turn) => turn.more === more);
    if (at.length) traces.push({
      type: "scatter", mode: "markers", name, x: at.map((turn) => turn.day), y: at.map((turn) => turn.close),
      marker: { symbol, color, size: 11, line: { width: 1, color: colour("--paper") } },
      customdata: at.map((turn) => plain(turn.words)), hovertemplate: "%{x|%Y-%m-%d}: %{customdata}<extra></extra>",
    });
  }
  const shapes = data.held.map(([x0, x1, color, weight]) => ({
    type: "rect", x0, x1, yref: "y domain", y0: 0, y1: 1, fillcolor: color, opacity: 0.25 * weight, line: { width: 0 }, layer: "below",
  }));
  const wide = Math.max(...data.close) > 4 * Math.min(...data.close);
  const axes = { yaxis: axis({ domain: [panels ? 1 - price + 0.02 : 0, 1], type: "log", ...(wide ? { dtick: "D2" } : {}), tickformat: ",.5~g", title: { text: `${plain(data.symbol)}, dollars` } }) };
  const notes = [...capshift.stamp()];
  data.panels.forEach((panel, k) => {
    const name = `y${k + 2}`, strips = panel.lines.some((one) => one.style === "strip"), domain = place(k);
    traces.push(...(strips ? strip(panel, name) : panel.lines.map((one, n) => line(one, n, name))));
    axes[`yaxis${k + 2}`] = axis({ domain, title: { text: strips ? "" : plain(panel.label) }, ...(strips ? { type: "category" } : { tickformat: ".5~g" }) });
    for (const [label, value] of Object.entries(panel.thresholds)) {
      shapes.push({ type: "line", xref: "paper", x0: 0, x1: 1, yref: name, y0: value, y1: value, line: { color: colour("--soft"), width: 1, dash: label ? "dash" : "solid" } });
      if (label) notes.push({ text: plain(label), xref: "paper", x: 1, xanchor: "right", yref: name, y: value, yanchor: "bottom", showarrow: false, font: { size: 11, color: colour("--soft") } });
    }
    panel.days.forEach((day) => shapes.push({ type: "line", x0: day, x1: day, yref: `${name} domain`, y0: 0, y1: 1, line: { color: "#CC79A7", width: 1 } }));
  });
  const last = panels ? `y${panels + 1}` : "y";
  capshift.plot("decisions", traces, {
    ...axes, shapes, annotations: notes, hovermode: "closest", barmode: "overlay", showlegend: true,
    xaxis: axis({ type: "date", range: [...data.span], hoverformat: "%Y-%m-%d", anchor: last, showspikes: true, spikemode: "across", spikethickness: 1, spikedash: "dot", spikecolor: colour("--soft") }),
  });
});
