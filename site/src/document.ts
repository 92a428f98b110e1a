import { search } from "./shared/search.js";
import { followScreen, themeButton } from "./shared/theme.js";
import "./styles/index.css";
import "./styles/document.css";

/** The script of a page of the reference. */
themeButton(document.querySelector("#theme") as HTMLButtonElement);
followScreen();
search(document.querySelector("#search") as HTMLElement, "./");
