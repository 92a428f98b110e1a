/** Shows the colours that were chosen before from the first paint on: the script of the button for them comes later. */
export const EARLY_THEME = `<script>try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {}</script>`.replaceAll("\n ", "");
