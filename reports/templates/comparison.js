"use strict";
// All rules of a comparison: charts that show the same rules and the same dates.
(() => {
  const { data, colour, plain, narrow, cut, broken, axis, plot } = capshift;
  const longest = Math.max(...data.rules.map((rule) => rule.name.length));
  const dated = ["growth", "drawdowns", "difference", "holdings"];
  // The benchmark and the first others: more lines than colours cannot be told apart.
  const others = data.rules.map((_, k) => k).filter((k) => !data.rules[k].benchmark);
  const state = { hidden: new Set(others.slice(data.shown)), range: [...data.span], scale: "log" };
  const many = () => data.rules.length - state.hidden.size > data.shown + 1;
  let busy = false;

  const below = (equity) => {
    let high = -Infinity;
    return equity.map((value) => { high = Math.max(high, value); return value / high - 1; });
  };
  const yearly = (equity) => equity.map((value, k) => (k < data.window ? null : value / equity[k - data.window] - 1));
  const reference = yearly(data.rules.find((rule) => rule.benchmark).equity);
  data.rules.forEach((rule) => {
    rule.drawdown = below(rule.equity);
    rule.difference = yearly(rule.equity).map((value, k) => (value === null ? null : 100 * (value - reference[k])));
  });

  const visible = (k) => (state.hidden.has(k) ? "legendonly" : true);
  const letters = () => (narrow() ? 36 : 60);
  const lines = (values, hover) => data.rules.map((rule, k) => ({
    type: "scatter", mode: "lines", name: plain(cut(rule.name, letters())), x: data.dates, y: rule[values], legendrank: k,
    meta: k, visible: visible(k),
    line: { color: rule.colour, width: many() ? (rule.benchmark ? 2 : 1.1) : (rule.benchmark ? 2.5 : 1.4), dash: rule.dash },
    hovertemplate: many() ? "%{x|%Y-%m-%d}: " + hover : hover,
  })).sort((one, other) => one.line.width - other.line.width); // the benchmark on top
  // Plotly writes into the ranges it is given, and gets copies.
  const dates = () => axis({ type: "date", range: [...state.range], hoverformat: "%Y-%m-%d" });
  const hovering = () => (many() ? "closest" : "x unified");

  const drawLines = () => {
    const width = document.getElementById("growth").clientWidth;
    const columns = Math.max(1, Math.floor(width / (60 + 7.5 * Math.min(longest, letters()))));
    const legend = 19 * Math.ceil(data.rules.length / columns);
    for (const id of ["growth", "drawdowns", "difference"]) document.getElementById(id).style.height = `${360 + legend}px`;
    const log = state.scale === "log", hovermode = hovering();
    plot("growth", lines("equity", "%{y:,.0f}"), {
      hovermode, xaxis: dates(),
      yaxis: axis({ type: state.scale, ...(log ? { dtick: "D2" } : {}), tickformat: ",.0f", title: { text: "dollars" } }),
    });
    plot("drawdowns", lines("drawdown", "%{y:.1%}"), { hovermode, xaxis: dates(), yaxis: axis({ tickformat: ".0%" }) });
    plot("difference", lines("difference", "%{y:+.1f}"), {
      hovermode, xaxis: dates(), yaxis: axis({ ticksuffix: "", title: { text: "points" }, zerolinecolor: colour("--soft") }),
    });
  };

  const KINDS = [
    ["cut", "The Fed", "triangle-down", "#0072B2"], ["hike", "The Fed", "triangle-up", "#D55E00"],
    ["hold", "The Fed", "circle", "#8a8a8a"], ["breakout", "Breakouts", "diamond", "#009E73"],
  ];
  const marks = () => KINDS.map(([kind, row, symbol, color]) => {
    const at = data.marks.kind.flatMap((one, k) => (one === kind ? [k] : []));
    return {
      type: "scatter", mode: "markers", x: at.map((k) => data.marks.day[k]), y: at.map(() => row), name: kind,
      customdata: at.map((k) => plain(data.marks.words[k])), hovertemplate: "%{x|%Y-%m-%d}: %{customdata}<extra></extra>",
      marker: { symbol, color, size: kind === "hold" ? 3 : 9 }, showlegend: false,
    };
  }).filter((trace) => trace.x.length);
  const drawHoldings = () => {
    const held = data.held, names = data.rules.map((rule) => rule.name), drawn = marks();
    const rows = ["The Fed", "Breakouts"].filter((row) => drawn.some((trace) => trace.y[0] === row));
    const size = narrow() ? 10 : 12, label = (name) => (narrow() ? broken(name, 15) : longest > letters() ? broken(name, 40) : plain(name));
    plot("holdings", [{
      type: "bar", orientation: "h", base: held.from, x: held.length, y: held.rule.map(plain), offset: held.offset,
      width: held.width, marker: { color: held.colour, line: { width: 0 } }, showlegend: false,
      customdata: held.words, hovertemplate: "%{y}<br>from %{base|%Y-%m-%d}: %{customdata}<extra></extra>",
    }, ...drawn], {
      hovermode: "closest", xaxis: dates(),
      shapes: data.recessions.map(([x0, x1]) => ({
        type: "rect", x0, x1, yref: "paper", y0: 0, y1: 1, fillcolor: colour("--soft"), opacity: 0.22, line: { width: 0 }, layer: "above",
      })),
      yaxis: axis({
        type: "category", autorange: "reversed", showgrid: false, categoryorder: "array", categoryarray: [...rows, ...names.map(plain)],
        tickvals: [...rows, ...names.map(plain)], tickfont: { size },
        ticktext: [...rows, ...names.map(label)],
      }),
    });
  };

  const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon", "triangle-down", "pentagon"];
  const drawScatter = () => {
    const bar = (point, key) => (point[key] && {
      type: "data", symmetric: false, array: [point[key][1] - point[key + "_at"]], arrayminus: [point[key + "_at"] - point[key][0]],
      thickness: 1, width: 3,
    });
    // Before it is drawn: beside a legend of many rows there is no room for a chart of the usual height.
    document.getElementById("scatter").style.height = document.getElementById("growth").style.height;
    plot("scatter", data.rules.map((rule, k) => ({
      type: "scatter", mode: "markers", name: plain(cut(rule.name, letters())), meta: k, visible: visible(k), legendrank: k,
      x: [rule.point.max_drawdown_at], y: [rule.point.cagr_at], error_x: bar(rule.point, "max_drawdown"), error_y: bar(rule.point, "cagr"),
      marker: { color: rule.colour, symbol: SYMBOLS[k % SYMBOLS.length], size: 10 },
      hovertemplate: "CAGR %{y:.2%}, max drawdown %{x:.2%}",
    })), {
      hovermode: "closest", showlegend: true, xaxis: axis({ tickformat: ".0%", title: { text: "max drawdown" } }),
      yaxis: axis({ tickformat: ".0%", title: { text: "CAGR" } }),
    });
  };

  const show = () => {
    document.querySelectorAll("#rules input").forEach((box) => { box.checked = !state.hidden.has(Number(box.dataset.rule)); });
    document.querySelectorAll("#every").forEach((one) => one.setAttribute("aria-pressed", String(!state.hidden.size)));
    document.querySelectorAll("#scale button").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.scale === state.scale)));
  };
  const draw = () => { busy = true; drawLines(); drawHoldings(); drawScatter(); show(); busy = false; };

  const toggle = (k) => { if (!state.hidden.delete(k)) state.hidden.add(k); };
  const alone = (k) => {
    const rest = data.rules.map((_, one) => one).filter((one) => one !== k);
    const already = rest.every((one) => state.hidden.has(one)) && !state.hidden.has(k);
    state.hidden = new Set(already ? [] : rest);
  };
  const move = (range, from) => {
    state.range = range;
    busy = true;
    Promise.all(dated.filter((id) => id !== from).map((id) => Plotly.relayout(id, { "xaxis.range": [...range] }))).then(() => { busy = false; });
  };
  const press = (years) => document.querySelectorAll("#span button").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.years === years)));
  const lastYears = (years) => {
    if (!years) return [...data.span];
    const from = new Date(data.span[1] + "T00:00:00Z");
    from.setUTCFullYear(from.getUTCFullYear() - years);
    const day = from.toISOString().slice(0, 10);
    return [day > data.span[0] ? day : data.span[0], data.span[1]];
  };
  const listen = () => {
    for (const id of [...dated, "scatter"]) {
      const chart = document.getElementById(id);
      chart.on("plotly_legendclick", (event) => { toggle(event.data[event.curveNumber].meta); draw(); return false; });
      chart.on("plotly_legenddoubleclick", (event) => { alone(event.data[event.curveNumber].meta); draw(); return false; });
      if (id === "scatter") continue;
      chart.on("plotly_relayout", (event) => {
        if (busy) return;
        const whole = event["xaxis.autorange"] ? [...data.span] : null;
        const range = whole || event["xaxis.range"] || (event["xaxis.range[0]"] && [event["xaxis.range[0]"], event["xaxis.range[1]"]]);
        if (range) { move(range, whole ? null : id); press(""); }
      });
    }
    document.querySelectorAll("#rules input").forEach((box) => box.addEventListener("change", () => { toggle(Number(box.dataset.rule)); draw(); }));
    document.querySelectorAll("#every").forEach((one) => one.addEventListener("click", () => { state.hidden = new Set(state.hidden.size ? [] : others.slice(data.shown)); draw(); }));
    document.querySelectorAll("#scale button").forEach((one) => one.addEventListener("click", () => { state.scale = one.dataset.scale; draw(); }));
    document.querySelectorAll("#span button").forEach((one) => one.addEventListener("click", () => { move(lastYears(Number(one.dataset.years)), null); press(one.dataset.years); }));
    document.querySelectorAll(".controls").forEach((one) => { one.hidden = false; });
  };
  let listening = false;
  capshift.start(() => {
    draw();
    if (!listening) { listening = true; listen(); }
  });
})();
