"use strict";
// Each rule's lead over the benchmark with its interval, about the line at zero.
capshift.start(() => {
  const { colour, cut, narrow, plain, axis, plot } = capshift, { leads } = capshift.data;
  if (!leads.rules.length) return;
  const rows = leads.rules.map((_, k) => k);
  plot("leads", [{
    type: "scatter", mode: "markers", x: leads.estimates, y: rows, marker: { size: 9, color: colour("--rule") }, showlegend: false,
    error_x: { type: "data", symmetric: false, array: leads.above, arrayminus: leads.below, color: colour("--rule"), thickness: 2, width: 5 },
    customdata: leads.words, hovertemplate: "%{customdata}<extra></extra>",
  }], {
    hovermode: "closest",
    xaxis: axis({ zeroline: true, zerolinewidth: 2, zerolinecolor: colour("--soft"), title: { text: "points a year over " + plain(leads.against) } }),
    yaxis: axis({
      autorange: "reversed", zeroline: false, showgrid: false, tickvals: rows,
      ticktext: leads.rules.map((name) => plain(cut(name, narrow() ? 16 : 40))),
    }),
  });
});
