import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Engine {
  readonly name: "chromium" | "firefox" | "webkit";
  /** As tables have it. */
  readonly title: string;
  /** Whether it has relaxed SIMD. */
  readonly relaxed: boolean;
  /** Whether an isolated page of it has shared memory. */
  readonly sharedMemory: boolean;
  /** What has to be there to run it. */
  readonly files: readonly string[];
  /** The packages of Debian that have them. */
  readonly packages: readonly string[];
  /** The command that opens a page, with nothing known of earlier visits. */
  readonly open: (url: string, profile: string) => Command;
}

/** An engine that a driver can connect to. */
export interface Driven extends Engine {
  /** The command whose driver listens at the port. */
  readonly drive: (port: number, profile: string) => Command;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** A new profile of Firefox opens pages of its own, asks questions and calls home. */
const PREFERENCES = {
  "app.normandy.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "extensions.update.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
};

const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const FIREFOX = process.env.FIREFOX_PATH ?? "/usr/bin/firefox-esr";
const XVFB = "/usr/bin/xvfb-run";
const WEBKIT_DRIVER = "/usr/bin/WebKitWebDriver";
export const MINI_BROWSER = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;

const chromium: Engine = {
  name: "chromium",
  title: "Chromium",
  relaxed: true,
  sharedMemory: true,
  files: [CHROMIUM],
  packages: ["chromium"],
  open: (url, profile) => ({
    command: CHROMIUM,
    args: ["--headless", "--no-sandbox", "--no-first-run", `--user-data-dir=${profile}`, url],
    env: process.env,
  }),
};

export const firefox: Driven = {
  name: "firefox",
  title: "Firefox",
  relaxed: true,
  sharedMemory: true,
  files: [FIREFOX],
  packages: ["firefox-esr"],
  open: (url, profile) => headlessFirefox(profile, url),
  drive: (port, profile) => headlessFirefox(profile, `--remote-debugging-port=${port}`),
};

function headlessFirefox(profile: string, argument: string): Command {
  const lines = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  writeFileSync(join(profile, "user.js"), lines.join(""));
  return {
    command: FIREFOX,
    args: ["--headless", "--no-remote", "--profile", profile, argument],
    env: process.env,
  };
}

/** The engine of Safari, in the browser that its developers try it in. It has no headless mode. */
export const webkit: Driven = {
  name: "webkit",
  title: "WebKit",
  relaxed: false,
  sharedMemory: false,
  files: [MINI_BROWSER, WEBKIT_DRIVER, XVFB],
  packages: ["webkit2gtk-driver", "xvfb", "xauth"],
  open: (url, profile) => onScreen([MINI_BROWSER, url], profile),
  drive: (port, profile) => onScreen([WEBKIT_DRIVER, `--port=${port}`], profile),
};

function onScreen(line: readonly string[], profile: string): Command {
  return {
    command: XVFB,
    args: ["--auto-servernum", ...line],
    env: { ...process.env, HOME: profile, XDG_CACHE_HOME: profile, XDG_DATA_HOME: profile },
  };
}

export const ENGINES: readonly Engine[] = [chromium, firefox, webkit];

export const isInstalled = ({ files }: Engine): boolean => files.every((file) => existsSync(file));
