/** A Slurm of one node, this machine: munged, slurmctld and slurmd of our own, on ports of the loopback interface. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { bash } from "./recipes.js";
import { freePort, until } from "./services.js";

export interface Slurm {
  /** For sbatch and its like. */
  readonly env: { readonly [name: string]: string };
  stop(): Promise<void>;
}

export async function startSlurm(): Promise<Slurm> {
  const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-slurm-"));
  const at = (name: string) => join(folder, name);
  writeFileSync(at("key"), randomBytes(1024), { mode: 0o400 });
  for (const name of ["spool", "state"]) mkdirSync(at(name));
  const host = hostname().split(".")[0];
  writeFileSync(
    at("slurm.conf"),
    `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${await freePort()}
SlurmdPort=${await freePort()}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${at("socket")}
CryptoType=crypto/munge
StateSaveLocation=${at("state")}
SlurmdSpoolDir=${at("spool")}
SlurmctldPidFile=${at("slurmctld.pid")}
SlurmdPidFile=${at("slurmd.pid")}
SlurmctldLogFile=${at("slurmctld.log")}
SlurmdLogFile=${at("slurmd.log")}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`,
  );
  const env = { SLURM_CONF: at("slurm.conf"), PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const daemons: ChildProcess[] = [];
  const start = (command: string, ...args: string[]) => {
    daemons.unshift(spawn(command, args, { env: { ...process.env, ...env }, stdio: "ignore" }));
  };
  const files = ["socket", "key-file=key", "log-file=munged.log", "pid-file=munged.pid", "seed-file=seed"];
  start(
    "munged",
    "--foreground",
    "--force",
    ...files.map(
      (file) => `--${file.replace(/(.*=)?(.*)/, (_, option = "socket=", name) => option + at(name))}`,
    ),
  );
  const answers = (command: string) => async () =>
    (await bash(command, folder, { ...process.env, ...env })).status === 0;
  await until(answers(`munge -n -S ${at("socket")}`), "munged", 60);
  start("slurmctld", "-D", "-i");
  start("slurmd", "-D");
  await until(answers("sinfo -h -o %t | grep -q idle"), "slurmd", 60).catch((error) => {
    throw new Error(`${readFileSync(at("slurmctld.log"), "utf8").slice(-2000)}`, { cause: error });
  });
  return {
    env,
    async stop() {
      for (const daemon of daemons) {
        const gone = new Promise((resolve) => daemon.once("exit", resolve));
        daemon.kill("SIGTERM");
        await gone;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
