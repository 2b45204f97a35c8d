import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './redis';

const PROGRAMS = ['ceph-mon', 'ceph-osd', 'radosgw'];
/** Whether a server can be started here. `.ci/run` installs it. */
export const hasCeph = PROGRAMS.every((name) => spawnSync(name, ['--version']).status === 0);

/** Of a user by name. */
export const credentialsOf = (user: string) => ({
  accessKeyId: user,
  secretAccessKey: `the secret of ${user}`,
});
const run = promisify(execFile);

/** A Ceph cluster of our own, in memory, with its S3 gateway: one monitor, one disk. */
export class Ceph {
  readonly #folder: string;
  readonly #processes: ChildProcess[] = [];
  #port = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get port(): number {
    return this.#port;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const [monitor, port] = [await freePort(), await freePort()];
    this.#port = port;
    for (const name of ['mon', 'osd', 'rgw', 'run']) await mkdir(this.#at(name), { recursive: true });
    const cluster = randomUUID();
    await writeFile(this.#at('ceph.conf'), settings(this.#folder, { cluster, monitor, port }));
    const at = `[v2:127.0.0.1:${monitor}]`;
    await run('monmaptool', ['--create', '--fsid', cluster, '--addv', 'a', at, this.#at('monmap')]);
    await this.#run('ceph-mon', '-i', 'a', '--mkfs', '--monmap', this.#at('monmap'));
    this.#serve('ceph-mon', '-i', 'a');
    const disk = randomUUID();
    await this.#run('ceph', 'osd', 'new', disk);
    await this.#run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', disk);
    this.#serve('ceph-osd', '-i', '0');
    this.#serve('radosgw', '-n', 'client.rgw');
    while (!(await fetch(this.endpoint).catch(() => undefined))?.ok) await wait(50);
  }

  async addUser(user: string): Promise<void> {
    const { accessKeyId, secretAccessKey } = credentialsOf(user);
    const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
    await this.#run('radosgw-admin', 'user', 'create', '--uid', user, '--display-name', user, ...keys);
  }

  /** Lets a user have so many objects, or any number. */
  async allow(user: string, objects?: number): Promise<void> {
    const about = ['--quota-scope=user', '--uid', user];
    if (objects === undefined) await this.#run('radosgw-admin', 'quota', 'disable', ...about);
    else {
      await this.#run('radosgw-admin', 'quota', 'set', ...about, '--max-objects', String(objects));
      await this.#run('radosgw-admin', 'quota', 'enable', ...about);
    }
  }

  async stop(): Promise<void> {
    for (const process of this.#processes) {
      if (process.exitCode !== null || process.signalCode !== null) continue;
      const end = once(process, 'exit');
      process.kill('SIGKILL');
      await end;
    }
  }

  #at(name: string): string {
    return join(this.#folder, name);
  }

  #run(program: string, ...args: string[]): Promise<unknown> {
    return run(program, ['-c', this.#at('ceph.conf'), ...args]);
  }

  #serve(program: string, ...args: string[]): void {
    const all = ['-c', this.#at('ceph.conf'), '-f', ...args];
    this.#processes.push(spawn(program, all, { stdio: 'ignore' }));
  }
}

interface Where {
  readonly cluster: string;
  readonly monitor: number;
  readonly port: number;
}

const settings = (folder: string, { cluster, monitor, port }: Where): string => `[global]
fsid = ${cluster}
mon host = v2:127.0.0.1:${monitor}
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms bind msgr1 = false
ms mon client mode = crc
ms mon cluster mode = crc
ms mon service mode = crc
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
pid file = ${folder}/run/$name.pid
log file = ${folder}/$name.log
mon cluster log file = ${folder}/cluster.log
crash dir = ${folder}/run
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 1073741824
[mon.a]
mon data = ${folder}/mon
mon data avail crit = 0
[osd.0]
osd data = ${folder}/osd
[client.rgw]
rgw data = ${folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw run sync thread = false
`;
