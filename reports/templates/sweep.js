"use strict";
// Each grid as a surface beside the medians of its neighbours, or as a line where one parameter varies.
capshift.start(() => {
  const { data, colour, axis, plot } = capshift;
  const kind = (values) => (values.every((value) => typeof value === "number") ? "-" : "category");
  const surface = (id, one) => {
    const known = one.values.flat().filter((value) => value !== null);
    const cells = (name, z, more) => ({
      type: "heatmap", name, x: one.x_values, y: one.y_values, z, zmin: Math.min(...known), zmax: Math.max(...known),
      colorscale: "Cividis", hoverongaps: false,
      hovertemplate: `${one.x} %{x}, ${one.y} %{y}: %{z:${data.format}}<extra>${name}</extra>`, ...more,
    });
    const x = axis({ zeroline: false, type: kind(one.x_values), title: { text: one.x } });
    const y = axis({ zeroline: false, type: kind(one.y_values), title: { text: one.y } });
    const titles = [["each variant", 0.24], ["median of its neighbours", 0.76]].map(([text, at]) => ({
      text, x: at, y: 1, xref: "paper", yref: "paper", xanchor: "center", yanchor: "bottom", showarrow: false,
    }));
    plot(id, [
      cells("variant", one.values, { colorbar: { tickformat: data.format, title: { text: data.label, side: "right" } } }),
      cells("neighbours", one.neighbours, { xaxis: "x2", yaxis: "y2", showscale: false }),
    ], {
      margin: { l: 10, r: 10, t: 30, b: 10 }, hovermode: "closest", annotations: [...capshift.stamp(), ...titles],
      xaxis: { ...x, domain: [0, 0.48] }, xaxis2: { ...x, domain: [0.52, 1], matches: "x" },
      yaxis: y, yaxis2: { ...y, title: { text: "" }, showticklabels: false, matches: "y", anchor: "x2" },
    });
  };
  const curve = (id, one) => {
    const line = (name, values, look) => ({
      type: "scatter", mode: "lines+markers", name, x: one.x_values, y: values[0], line: look,
      hovertemplate: `${one.x} %{x}: %{y:${data.format}}<extra>${name}</extra>`,
    });
    plot(id, [
      line("variant", one.values, { color: colour("--rule") }),
      line("median of its neighbours", one.neighbours, { color: colour("--average"), dash: "dash" }),
    ], {
      margin: { l: 10, r: 10, t: 30, b: 10 }, hovermode: "closest",
      xaxis: axis({ zeroline: false, type: kind(one.x_values), title: { text: one.x } }),
      yaxis: axis({ zeroline: false, tickformat: data.format, title: { text: data.label } }),
    });
  };
  data.surfaces.forEach((one, k) => (one.y ? surface : curve)("surface-" + k, one));
});
