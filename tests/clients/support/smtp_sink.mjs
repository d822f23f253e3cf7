// A mail relay on this machine that keeps what it is given: enough of SMTP (RFC 5321) for one client.
//
//   const sink = await startSink();  sink.port;  const mail = await sink.next();  await sink.stop();
//   mail.to, mail.from, mail.headers, mail.text, mail.html (of a multipart/alternative)
import { createServer } from 'node:net';

function part(data) {
  const [head, ...rest] = data.split('\r\n\r\n');
  const headers = {};
  for (const line of head.replace(/\r\n[ \t]/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const body = rest.join('\r\n\r\n');
  const text = headers['content-transfer-encoding'] === 'base64'
    ? Buffer.from(body, 'base64').toString('utf8') : body;
  return { headers, body, text: text.replaceAll('\r\n', '\n') };
}

function parse(envelope, data) {
  const { headers, body, text } = part(data);
  const boundary = /^multipart\/alternative; boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1];
  if (!boundary) return { ...envelope, headers, text };
  const parts = body.split(`--${boundary}`).slice(1, -1).map((one) => part(one.replace(/^\r\n/, '')));
  const of = (type) => parts.find((one) => one.headers['content-type'].startsWith(type))?.text;
  return { ...envelope, headers, text: of('text/plain'), html: of('text/html') };
}

function speak(socket, take) {
  let buffered = '';
  let envelope = { from: '', to: [] };
  let in_data = false;
  socket.setEncoding('latin1');
  socket.write('220 sink ESMTP\r\n');
  socket.on('error', () => {});
  socket.on('data', (text) => {
    buffered += text;
    for (;;) {
      if (in_data) {
        const end = buffered.indexOf('\r\n.\r\n');
        if (end < 0) return;
        take(parse(envelope, buffered.slice(0, end).replace(/^\.\./gm, '.')));
        buffered = buffered.slice(end + 5);
        in_data = false;
        envelope = { from: '', to: [] };
        socket.write('250 kept\r\n');
        continue;
      }
      const end = buffered.indexOf('\r\n');
      if (end < 0) return;
      const line = buffered.slice(0, end);
      buffered = buffered.slice(end + 2);
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') socket.write('250-sink\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n');
      else if (verb === 'DATA') {
        in_data = true;
        socket.write('354 go on\r\n');
      } else if (verb === 'QUIT') socket.end('221 bye\r\n');
      else {
        const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
        if (verb === 'MAIL') envelope.from = address;
        if (verb === 'RCPT') envelope.to.push(address);
        socket.write('250 ok\r\n');
      }
    }
  });
}

export async function startSink() {
  const kept = [];
  const waiting = [];
  const take = (mail) => {
    const one = waiting.shift();
    if (one) one(mail);
    else kept.push(mail);
  };
  const server = createServer((socket) => speak(socket, take));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    // The next mail, however long it takes; node's test runner has the deadline.
    next: () => (kept.length ? Promise.resolve(kept.shift()) : new Promise((resolve) => waiting.push(resolve))),
    count: () => kept.length,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
