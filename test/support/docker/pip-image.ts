import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { testImage } from './base-image.ts';

const PIP = 'odoo-ops-test/pip:1';
export const WHEELS = '/opt/wheels';

/** A wheel is a zip: this one holds a module that says its version. */
const MAKE_WHEEL = `
import os, zipfile
os.makedirs('${WHEELS}')
for version in ('1.0', '2.0'):
    with zipfile.ZipFile(f'${WHEELS}/tiny_tool-{version}-py3-none-any.whl', 'w') as wheel:
        wheel.writestr('tiny_tool.py', f'VERSION = {version!r}\\n')
        wheel.writestr(f'tiny_tool-{version}.dist-info/METADATA', f'Metadata-Version: 2.1\\nName: tiny-tool\\nVersion: {version}\\n')
        wheel.writestr(f'tiny_tool-{version}.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        wheel.writestr(f'tiny_tool-{version}.dist-info/RECORD', '')
`;

/** The tests' base with Debian's pip, some wheels to install, and another user than root: like Odoo's own image. */
export async function pipImage(docker: Docker): Promise<string> {
  const { image } = await testImage(docker);
  const context = pack();
  context.entry({ name: 'wheel.py', mtime: new Date(0) }, MAKE_WHEEL);
  const lines = [
    `FROM ${image}`,
    'RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*',
    'COPY wheel.py /opt/wheel.py',
    'RUN python3 /opt/wheel.py',
    'ENV TINY=1',
    'USER odoo',
    'CMD ["python3"]',
  ];
  context.entry({ name: 'Dockerfile', mtime: new Date(0) }, lines.join('\n'));
  context.finalize();
  const answer = await docker.buildImage(context as unknown as NodeJS.ReadableStream, { t: PIP });
  let said = '';
  answer.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-4000)));
  await finished(answer);
  if (said.includes('"errorDetail"')) throw new Error(`The image with pip could not be built: ${said}`);
  return PIP;
}
