declare module "virtual:reference" {
  /** In the order of the table of the README. `gives` is Markdown. */
  export const functions: readonly { name: string; gives: string }[];
  export const documents: readonly { href: string; title: string }[];
}
