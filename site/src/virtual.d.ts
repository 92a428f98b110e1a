declare module "virtual:reference" {
  /** In the order of the table of the README, with their places on the page of functions. */
  export const functions: readonly { name: string; id: string }[];
  export const documents: readonly { href: string; title: string }[];
}
