"use strict";

/** Puts a report together: the diagram, its buttons and the charts. */
(function () {
  const element = (id) => document.getElementById(id);
  const embedded = (id) => JSON.parse(element(id).textContent);
  const trace = Trace.decode(embedded("run"));
  const findings = embedded("findings");
  const series = embedded("series");

  const diagram = new Diagram(element("picture"), trace, {
    onChoose: (place, causality) => {
      const here = findings.filter((finding) => finding.machine === place?.machine && finding.index === place?.index);
      showDetails(element("details"), trace, place, causality, here.map((finding) => `${finding.name}: ${finding.text}`));
    },
    onThinned: (parts) => {
      element("thinned").hidden = parts === 1;
      element("thinned").textContent = `At this scale, one in ${parts} arrows is drawn. Zoom in to see all.`;
    },
  });
  diagram.flag(findings);
  diagram.choose(null);
  bindDiagramButtons(diagram, element);

  for (const link of document.querySelectorAll("a[data-finding]")) {
    const finding = findings.find(({ name }) => name === link.dataset.finding);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      element("diagram").scrollIntoView();
      if (finding) diagram.choose({ machine: finding.machine, index: finding.index }, { centre: true });
      diagram.canvas.focus({ preventScroll: true });
    });
  }

  const onTime = (time) => {
    diagram.setAxis("time");
    markAxis(diagram, element);
    diagram.choose(diagram.nearestInTime(time), { centre: true });
    element("diagram").scrollIntoView();
  };
  for (const column of ["clock", "queue", "drift"].filter((column) => element(`chart-${column}`))) {
    const place = element(`chart-${column}`);
    const full = place.dataset.full === undefined ? null : Number(place.dataset.full);
    const chart = new TimeChart(place, trace.names, { onTime, full });
    chart.setLines(series.map((line) => ({ time: line.time, values: line[column] })));
  }

  // For tests, and for whoever opens the console.
  window.clockring = { trace, diagram };
})();
