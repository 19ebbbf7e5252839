// Draws the charts of the first page; the numbers come with the page, and each chart has its table below.
(function () {
  "use strict";
  var colours = ["#1d4ed8", "#b45309", "#166534"];

  function options(node, labels, points) {
    return {
      width: node.clientWidth,
      height: 220,
      tzDate: function (seconds) { return uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"); },
      scales: { y: { range: function (plot, low, high) { return [0, high > 0 ? high * 1.1 : 1]; } } },
      axes: [{}, { size: 70 }],
      series: [{ value: function (plot, seconds) { return seconds === null ? "" : new Date(seconds * 1000).toISOString().slice(0, 10); } }].concat(
        labels.map(function (label, index) {
          return { label: label, stroke: colours[index], width: 2, points: { show: points < 40 } };
        })
      ),
    };
  }

  document.querySelectorAll("[data-chart]").forEach(function (node) {
    var chart = JSON.parse(node.dataset.chart);
    var plot = new uPlot(options(node, chart.labels, chart.x.length), [chart.x].concat(chart.y), node);
    window.addEventListener("resize", function () {
      plot.setSize({ width: node.clientWidth, height: 220 });
    });
  });
})();
