import * as z from 'zod';
import type { EngineDescription, EngineNote, Guarantee } from '../../core/pr-environments/engine.ts';
import { ask } from './ask.ts';
import type { DockerConnection } from './connect.ts';

const infoSchema = z.object({
  ID: z.string().optional(),
  Name: z.string().optional(),
  DockerRootDir: z.string().optional(),
  Driver: z.string().optional(),
  DriverStatus: z.array(z.array(z.string())).nullish(),
  MemoryLimit: z.boolean().optional(),
  CpuCfsQuota: z.boolean().optional(),
  CPUCfsQuota: z.boolean().optional(),
  PidsLimit: z.boolean().optional(),
  SwapLimit: z.boolean().optional(),
  CgroupVersion: z.string().optional(),
  SecurityOptions: z.array(z.string()).nullish(),
  DefaultAddressPools: z.array(z.object({ Base: z.string(), Size: z.number() })).nullish(),
  OSType: z.string().optional(),
});

const QUICK_DRIVERS = new Set(['overlay2', 'overlay', 'overlayfs', 'btrfs', 'zfs', 'fuse-overlayfs']);
/** Networks that an engine can make from the ranges that it has by default: 172.17 to 172.31, and 192.168 in parts. */
const USUAL_NETWORKS = 30;
const TITLES = { docker: 'Docker Engine', podman: 'Podman' };

/** What the engine is and what it cannot give. @throws OpsError `unreachable` */
export const describe = async (connection: DockerConnection, signal: AbortSignal): Promise<EngineDescription> =>
  (await examine(connection, signal)).description;

/** What a person should mend of it. @throws OpsError `unreachable` */
export const notes = async (connection: DockerConnection, signal: AbortSignal): Promise<EngineNote[]> =>
  (await examine(connection, signal)).notes;

async function examine(
  { docker, product, version, api, address }: DockerConnection,
  signal: AbortSignal,
): Promise<{ description: EngineDescription; notes: EngineNote[] }> {
  const info = infoSchema.parse(
    await ask('Ask the engine what it can', signal, (aborting) =>
      (docker as unknown as { info: (options: object) => Promise<unknown> }).info(aborting),
    ),
  );
  const lacks: Guarantee[] = [];
  const notes: EngineNote[] = [];
  const note = (message: string, hint: string): unknown => notes.push({ message, hint });
  const rootless = info.SecurityOptions?.some((option) => option.includes('rootless')) ?? false;
  const limits = [
    info.MemoryLimit === false ? 'memory' : '',
    (info.CpuCfsQuota ?? info.CPUCfsQuota) === false ? 'CPU' : '',
    info.PidsLimit === false ? 'processes' : '',
  ].filter((word) => word !== '');
  if (limits.length > 0) {
    lacks.push('limits');
    note(
      `The engine cannot limit ${limits.join(', ')}.`,
      rootless
        ? 'Rootless engines need cgroup v2 and delegation by systemd: see "Limiting resources" of Docker\'s rootless mode.'
        : 'Its kernel lacks these cgroups (on Debian and Ubuntu: cgroup_enable=memory swapaccount=1 on the kernel command line).',
    );
  } else if (info.SwapLimit === false) {
    note('The engine limits memory and not swap.', 'Add swapaccount=1 to the kernel command line, or run without swap.');
  }
  if (product === 'podman') {
    lacks.push('egress-lock');
    note(
      "Podman's internal networks still reach what listens on the host.",
      'Use Docker Engine where code of strangers runs; here only what this repository trusts.',
    );
  }
  const snapshotter = info.DriverStatus?.some((words) => words.join(' ').includes('io.containerd.snapshotter')) ?? false;
  if (snapshotter) note('The engine keeps images in containerd.', 'It works; ids of images are those of their manifests there.');
  if (info.Driver !== undefined && !snapshotter && !QUICK_DRIVERS.has(info.Driver)) {
    note(
      `Images lie in the storage driver ${info.Driver}, which copies whole files and folders.`,
      'overlay2 is much quicker: see storage-driver in its daemon.json.',
    );
  }
  if (info.OSType !== undefined && info.OSType !== 'linux')
    note(`The engine runs ${info.OSType} containers.`, 'Odoo needs Linux ones: switch it.');
  const networks =
    info.DefaultAddressPools?.reduce((sum, { Base, Size }) => sum + 2 ** Math.max(Size - Number(Base.split('/')[1] ?? Size), 0), 0) ??
    USUAL_NETWORKS;
  if (networks <= USUAL_NETWORKS) {
    note(
      `The engine has address ranges for about ${networks} networks; each environment takes one.`,
      'For more environments give it smaller ranges: "default-address-pools": [{"base": "10.201.0.0/16", "size": 26}] in its daemon.json.',
    );
  }
  // Podman gives itself another ID each time it is asked.
  const id = product === 'docker' && info.ID ? info.ID : `${info.Name ?? address}:${info.DockerRootDir ?? ''}`;
  const title = `${TITLES[product]} ${version} (API ${api}) at ${address}${rootless ? ', rootless' : ''}`;
  return { description: { kind: 'docker', id, title, lacks }, notes };
}
