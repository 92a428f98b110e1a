import { followScreen, themeButton } from "./shared/theme.js";

/** What a section's file exports. */
interface Section {
  /** A promise is awaited: of a section that fetches what it shows. */
  mount(root: HTMLElement): void | Promise<void>;
}

/** NAME.ts or NAME/index.ts in `sections/` fills the section of that name. */
const files = import.meta.glob<Section>(["./sections/*.ts", "./sections/*/index.ts"]);
const sections = Object.fromEntries(
  Object.entries(files).map(([path, load]) => [path.split("/")[2].replace(".ts", ""), load]),
);

const observer = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) load(target as HTMLElement);
  },
  { rootMargin: "600px 0px" },
);

for (const section of document.querySelectorAll<HTMLElement>("main > section")) {
  if (section.id in sections) {
    observer.observe(section);
  } else {
    section.remove();
    document.querySelector(`nav a[href="#${section.id}"]`)?.remove();
  }
}

async function load(section: HTMLElement): Promise<void> {
  observer.unobserve(section);
  try {
    const { mount } = await sections[section.id]();
    await mount(section);
    section.dataset.mounted = "";
  } catch (error) {
    section.append(`This part could not be loaded: ${error instanceof Error ? error.message : error}`);
    throw error;
  }
}

themeButton(document.querySelector("#theme") as HTMLButtonElement);
followScreen();

const copy = document.querySelector("#copy") as HTMLButtonElement;
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText("npm install softmax-wasm");
  copy.textContent = "Copied";
  setTimeout(() => {
    copy.textContent = "Copy";
  }, 2000);
});
