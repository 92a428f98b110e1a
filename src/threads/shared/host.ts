export type NodeModules = typeof process.getBuiltinModule;

/**
 * How to get Node's own modules, where the host has them, as Bun and Deno do. No import, static or dynamic: bundles for
 * browsers must not see one, and CommonJS in a VM (Jest) cannot run one. Nor the bare name `process`, for which bundlers install
 * a package.
 */
export function nodeModules(): NodeModules | undefined {
  const host = (globalThis as { process?: Partial<NodeJS.Process> & { type?: string } }).process;
  // Electron's renderer has Node's modules too, but only the browser's threads.
  if (host?.versions?.node === undefined || host.type === "renderer") return undefined;
  return host.getBuiltinModule;
}
