import { getCACertificates } from 'node:tls';
import { directory, type Entry, file } from './entries.ts';
import { librariesOf } from './shared-libraries.ts';
import { nonroot } from './spec.ts';

const passwd = `\
root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:${nonroot}:${nonroot}:nonroot:/home/nonroot:/sbin/nologin
`;
const group = `root:x:0:\nnobody:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:${nonroot}:\n`;

/** What stands in for the base image: what Node.js needs of a system, and nothing that could be run. */
export async function baseFiles(node: string): Promise<readonly Entry[]> {
  return [
    ...(await librariesOf(node)),
    file('/etc/passwd', passwd),
    file('/etc/group', group),
    file('/etc/nsswitch.conf', 'hosts: files dns\n'),
    // The authorities that Node.js carries anyway: those of the machine may not be there.
    file('/etc/ssl/certs/ca-certificates.crt', `${getCACertificates('bundled').join('\n')}\n`),
    { ...directory('/home/nonroot'), mode: 0o700, owner: nonroot },
    { ...directory('/tmp'), mode: 0o1777 },
    // An engine mounts something there, also where it can't make them.
    ...['/dev', '/proc', '/run', '/sys'].map(directory),
  ];
}
