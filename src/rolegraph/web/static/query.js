// Ctrl+Enter (or Cmd+Enter) runs the query; without this script the button does.
const area = document.getElementById("query");
if (area) {
  document.querySelector(".keys").hidden = false;
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      area.form.requestSubmit();
    }
  });
}
