"use strict";

/** Connects the buttons above a diagram. */
function bindDiagramButtons(diagram, element) {
  const on = (id, action) => element(id).addEventListener("click", action);
  on("zoom-in", () => diagram.zoom(0.6));
  on("zoom-out", () => diagram.zoom(1 / 0.6));
  on("show-start", () => diagram.showStart());
  on("show-all", () => diagram.showAll());
  for (const axis of ["time", "logical"]) {
    on(`axis-${axis}`, () => {
      diagram.setAxis(axis);
      markAxis(diagram, element);
    });
  }
}

/** Shows which axis is chosen. */
function markAxis(diagram, element) {
  for (const axis of ["time", "logical"]) element(`axis-${axis}`).setAttribute("aria-pressed", diagram.axis === axis);
}
