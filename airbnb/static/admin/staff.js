// The dashboard's only script of its own: the menu on small screens, and instants in the reader's zone.
(function () {
  "use strict";
  document.documentElement.classList.add("has-script");

  var button = document.querySelector(".menu-button");
  var menu = document.getElementById("staff-menu");
  if (button && menu) {
    button.addEventListener("click", function () {
      var open = menu.classList.toggle("is-open");
      button.setAttribute("aria-expanded", String(open));
    });
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && menu.classList.contains("is-open")) {
        menu.classList.remove("is-open");
        button.setAttribute("aria-expanded", "false");
        button.focus();
      }
    });
  }

  function two(number) {
    return String(number).padStart(2, "0");
  }

  document.querySelectorAll("time[datetime]").forEach(function (node) {
    var at = new Date(node.dateTime);
    if (isNaN(at)) return;
    var zone = at.toLocaleTimeString("en", { timeZoneName: "short" }).split(" ").pop();
    node.title = node.textContent;
    node.textContent =
      at.getFullYear() + "-" + two(at.getMonth() + 1) + "-" + two(at.getDate()) +
      " " + two(at.getHours()) + ":" + two(at.getMinutes()) + " " + zone;
  });
})();
